"""The errors that end a command: one line, a hint, an exit code."""

from typing import Final

CHECK_FAILED: Final = 1
USAGE: Final = 2
CONFIGURATION: Final = 3
UNAVAILABLE: Final = 4


class CommandError(Exception):
    """A command cannot go on; the hint says what to do next."""

    def __init__(self, message: str, *, hint: str = "", code: int = USAGE) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code
