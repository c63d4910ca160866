"""Numbers as people write them in a spreadsheet.

Thousands may be parted by commas, points or spaces, a comma may stand for the decimal
point, and the minus may be the printed one (U+2212). What could be either is not
guessed: «1,234» never, and «1.234» not in a file whose decimals are written with a
comma.
"""

import re
from typing import Final

# A cell may hold a novel.
MOST_QUOTED: Final = 40

_PLAIN: Final = re.compile(r"[+\u2212-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DECIMAL_COMMA: Final = re.compile(r"[+\u2212-]?[0-9]+,[0-9]+")
_BY_COMMAS: Final = re.compile(r"[+\u2212-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?")
_BY_POINTS: Final = re.compile(r"[+\u2212-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?")
_BY_SPACES: Final = re.compile(
    r"[+\u2212-]?[0-9]{1,3}([ \u00a0\u202f][0-9]{3})+([.,][0-9]+)?"
)
_ONE_POINT: Final = re.compile(r"[+\u2212-]?[1-9][0-9]{0,2}\.[0-9]{3}")


def read_number(text: str, *, commas: bool = False) -> float | str:
    """Read a number, or say what is wrong with it.

    `commas` says that decimals are written with a comma where the text comes from.
    """
    if _PLAIN.fullmatch(text):
        return (
            _doubtful(text, ".") if commas and may_be_thousands(text) else _float(text)
        )
    plain = _plain(text)
    if plain:
        return _float(plain)
    if _BY_COMMAS.fullmatch(text):
        return _doubtful(text, ",")
    if not text:
        return "is empty"
    return f"says “{text[:MOST_QUOTED]}”, which is no number: write it like 1200 or 0.5"


def _float(text: str) -> float:
    return float(text.replace("\u2212", "-"))


def _plain(text: str) -> str:
    """Write a number that has but one reading without what parts thousands."""
    if _BY_COMMAS.fullmatch(text):
        clear = text.count(",") > 1 or "." in text
        return text.replace(",", "") if clear else ""
    if _BY_POINTS.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    if _BY_SPACES.fullmatch(text) or _DECIMAL_COMMA.fullmatch(text):
        return re.sub(r"\s", "", text).replace(",", ".")
    return ""


def may_be_thousands(text: str) -> bool:
    """Say whether a number with a decimal point may be one with parted thousands."""
    return _ONE_POINT.fullmatch(text) is not None


def has_decimal_comma(text: str) -> bool:
    """Say whether a comma can only be a decimal one: «12,5», «1.200,50»."""
    if "," not in text or _BY_COMMAS.fullmatch(text):
        return False
    read = (_DECIMAL_COMMA, _BY_POINTS, _BY_SPACES)
    return any(shape.fullmatch(text) for shape in read)


def _doubtful(text: str, sign: str) -> str:
    """Say that a number has two readings, and how to write either."""
    whole, clear = text.replace(sign, ""), f"{text}0"
    told = f"which may be thousands or decimals: write {whole} or {clear}"
    return f"says “{text}”, {told}"
