"""Numbers as people write them, with either comma or point for decimals."""

import re
from typing import Final

# Digits with signs between them that may part thousands or decimals.
NUMBER: Final = r"[.,]?[0-9](?:[0-9.,' ]*[0-9])?"
GROUP: Final = 3


def read_digits(text: str, *, thousands: bool) -> float | str:
    """Read a number, or say why not.

    Point and comma are both understood: where both stand, the last one parts the
    decimals; where one stands several times, it parts thousands. One alone, followed
    by exactly three digits («1,234» or «1.234»), can be either: with `thousands` it
    parts thousands, for amounts of money have no three decimals, and without it the
    number is refused.
    """
    decimal = _decimal_sign(text)
    if decimal == "?":
        if not thousands:
            first, second = re.sub(r"[.,]", ".", text), re.sub(r"[.,]", "", text)
            return f"could be {first} or {second}"
        decimal = ""
    whole, _, fraction = text.partition(decimal) if decimal else (text, "", "")
    if not _well_grouped(whole) or (fraction and not fraction.isdecimal()):
        return "is no number that we can read"
    return float(f"{re.sub(r'[^0-9]', '', whole) or '0'}.{fraction or '0'}")


def _decimal_sign(text: str) -> str:
    """Find the sign that parts the decimals: none, or «?» where nobody can know."""
    signs = re.findall(r"[.,]", text)
    if len(set(signs)) > 1:
        return str(signs[-1])
    if len(signs) != 1:
        return ""
    head, tail = text.split(signs[0])
    if len(tail) != GROUP or len(head) > GROUP or head in {"", "0"}:
        return str(signs[0])
    return "?"


def _well_grouped(whole: str) -> bool:
    """Tell whether thousands are parted by one sign only, each three digits."""
    if not whole or whole.isdecimal():
        return True
    return (
        re.fullmatch(r"[0-9]{1,3}(?:([.,' ])[0-9]{3})(?:\1[0-9]{3})*", whole)
        is not None
    )
