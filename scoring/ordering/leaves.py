"""Blocks that nothing splits: exact where counted work allows, else a certified gap."""

from scoring.ordering.chunks import Chunk, bundle, pool
from scoring.ordering.ideals import ideal_order
from scoring.ordering.naming import numbered_anew
from scoring.ordering.network import Network, members_of
from scoring.ordering.programme import solve_programme
from scoring.ordering.relaxation import forest_bound
from scoring.ordering.search import Block

ROUNDING = 1e-13


def leaf_chunks(net: Network, mask: int, *, whole: bool) -> list[Chunk]:
    """Order a part, by the first rung that proves its order the best.

    What is known to be one block stays `whole`; else the best order shows the blocks.
    """
    order = ideal_order(net.jobs, net.before, mask)
    if order is None:
        return [block_chunk(block_of(net, mask))]
    jobs = [net.jobs[job] for job in order]
    return [bundle(jobs)] if whole else pool(jobs)


def block_of(net: Network, mask: int) -> Block:
    """Give a part of a network numbers of its own, and its direct links only."""
    jobs = list(members_of(mask))
    number = {job: i for i, job in enumerate(jobs)}
    return Block(
        [net.jobs[job] for job in jobs],
        [[number[o] for o in net.direct_before(job, mask)] for job in jobs],
    )


def block_chunk(block: Block) -> Chunk:
    """Order a block by a linear programme, or by relaxation where it is too large."""
    block = numbered_anew(block)
    found = solve_programme(block) or forest_bound(block)
    chunk = bundle([block.jobs[job] for job in found.order])
    slack = max(found.cost - found.bound, 0.0)
    if slack <= ROUNDING * abs(found.cost):
        slack = 0.0
    return chunk._replace(slack=chunk.slack + slack)
