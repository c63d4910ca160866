"""Links that are no tree: series and parallel parts, Sidney's blocks, and leaves."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from scoring.ordering.chunks import Chunk, pool
from scoring.ordering.closure import closed_split, surplus
from scoring.ordering.leaves import block_of, leaf_chunks
from scoring.ordering.network import Network, members_of
from scoring.ordering.peeling import Peel, peeled, wrapped
from scoring.ordering.polytree import tree_split
from scoring.ordering.reducing import contract, dominate
from scoring.ordering.search import Block

# So few jobs are solved at once: their best order shows their blocks. Where some take
# no time this does not hold, for equally good orders may hide them.
FEW = 7

Lists = Sequence[list[Chunk]]


class _Part(NamedTuple):
    """A part yet to be solved; `whole` says that it is known to be one block."""

    net: Network
    mask: int
    whole: bool = False


class _Join(NamedTuple):
    """How to put the last `parts` solved parts together."""

    combine: Callable[[Lists], list[Chunk]]
    parts: int


def network_chunks(net: Network, *, whole: bool = False) -> list[Chunk]:
    """Order a network and cut it into chunks of falling ratio.

    Series-parallel orders come out exact by the first two splits alone (Lawler 1978).
    The stack is a list, so that no depth of nesting is too much.
    """
    todo: list[_Part | _Join] = [_Part(net, (1 << len(net.jobs)) - 1, whole)]
    done: list[list[Chunk]] = []
    while todo:
        task = todo.pop()
        if isinstance(task, _Join):
            parts = done[-task.parts :]
            del done[-task.parts :]
            done.append(task.combine(parts))
            continue
        combine, parts_left = _split(task)
        if parts_left:
            todo.append(_Join(combine, len(parts_left)))
            todo.extend(reversed(parts_left))
        else:
            done.append(_leaf(task))
    return done[0]


def _leaf(part: _Part) -> list[Chunk]:
    """Solve what nothing splits."""
    if part.mask.bit_count() == 1:
        return [part.net.jobs[part.mask.bit_length() - 1]]
    return leaf_chunks(part.net, part.mask, whole=part.whole)


def _split(part: _Part) -> tuple[Callable[[Lists], list[Chunk]], list[_Part]]:
    """Take a part to pieces, or make it smaller; no pieces mean a leaf."""
    net, mask, whole = part
    if mask.bit_count() == 1:
        return _serial, []
    peels, core = peeled(net, mask)
    if peels:
        return partial(_wrapped, peels), [_Part(net, core)]
    masks = net.parallel_parts(mask)
    if len(masks) > 1:
        return _parallel, [_Part(net, part) for part in masks]
    masks = net.serial_parts(mask)
    if len(masks) == 1 and not whole and not _few(net, mask):
        masks = sidney_split(net, mask)
        whole = len(masks) == 1
    if len(masks) > 1:
        return _serial, [_Part(net, part) for part in masks]
    return _serial, _reduced(net, mask) if whole else []


def _few(net: Network, mask: int) -> bool:
    """Say whether a part may go to its leaf without looking for blocks."""
    if mask.bit_count() > FEW:
        return False
    return all(net.jobs[job].duration for job in members_of(mask))


def _reduced(net: Network, mask: int) -> list[_Part]:
    """Make a block smaller or richer in links, if that can be done."""
    smaller = contract(net, mask)
    if smaller != mask:
        return [_Part(net, smaller, whole=True)]
    richer = dominate(net, mask)
    if richer is not None:
        return [_Part(richer, (1 << len(richer.jobs)) - 1, whole=True)]
    return []


def _parallel(parts: Lists) -> list[Chunk]:
    """Merge by ratio; equal chunks of one part keep their order."""
    return sorted(chain.from_iterable(parts), key=lambda chunk: -chunk.ratio)


def _wrapped(peels: Sequence[Peel], parts: Lists) -> list[Chunk]:
    """Put single jobs back round the core they were peeled from."""
    return wrapped(peels, parts[0])


def _serial(parts: Lists) -> list[Chunk]:
    """Put one part behind the other and pool."""
    return pool(chain.from_iterable(parts))


def sidney_split(net: Network, mask: int) -> list[int]:
    """Split a connected part at its blocks, as far as one cut goes (Sidney 1975)."""
    jobs = list(members_of(mask))
    stages = block_stages(block_of(net, mask))
    masks = [0] * (max(stages) + 1)
    for job, stage in zip(jobs, stages, strict=True):
        masks[stage] |= 1 << job
    return masks


def block_stages(block: Block) -> list[int]:
    """Say for each of some connected jobs in which stage it comes."""
    profits = surplus(
        [job.weight for job in block.jobs], [job.duration for job in block.jobs]
    )
    is_tree = sum(map(len, block.needs)) == len(block.needs) - 1
    split = tree_split if is_tree else closed_split
    return split(profits, block.needs)
