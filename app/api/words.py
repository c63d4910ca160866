"""The kinds of text that input may hold."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

ID_PATTERN: Final = r"^[a-z0-9][a-z0-9-]{0,62}$"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("may not hold control characters")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("may not hold line breaks or tabs")
    return _printable(text)


Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120, strip_whitespace=True),
    AfterValidator(_one_line),
]
Words = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_printable)]


def is_id(text: str) -> bool:
    """Say whether a text could be the id of anything; if not, nothing has it."""
    return re.fullmatch(ID_PATTERN, text) is not None


class Input(BaseModel):
    """What people send: a field we do not know is refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
