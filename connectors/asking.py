"""A question that is asked right before whatever changes a site goes out, each time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from connectors.call import Said

Question = Callable[[], None]

_question: ContextVar[Question | None] = ContextVar("question", default=None)


@contextmanager
def asking(question: Question) -> Iterator[None]:
    """Have it asked before each attempt at a write, in this thread and block.

    It forbids by what it raises. A call may wait seconds at the gate, be repeated, or
    be one of several: an answer from before all that is old by then.
    """
    token = _question.set(question)
    try:
        yield
    finally:
        _question.reset(token)


def ask(said: Said) -> None:
    """Ask, where somebody wants that and the call changes anything."""
    question = _question.get()
    if question is not None and not said.is_read:
        question()
