"""Amounts in plain text: «£12k/week», «€ 1.5m per month», «2-3 weeks»."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scoring.reading.digits import NUMBER, read_digits
from scoring.reading.words import (
    ADVERBS,
    CODES,
    DURATIONS,
    MAGNITUDES,
    PER_WORDS,
    PERIODS,
    RANGE_WORDS,
    SIGNS,
)

LONGEST: Final = 120

# N number, M magnitude, C currency, P «per», U unit, A «weekly», R range, S minus
COST: Final = re.compile(r"(?:S?C?|CS)NM?C?(?:PU|A)?(?:RC?NM?C?(?:PU|A)?)?")
DURATION: Final = re.compile(r"S?NU?(?:RNU?)?")
TOKEN: Final = re.compile(
    rf"\s*(?:(?P<number>{NUMBER})|(?P<sign>(?:us|au|a|ca|c|nz|hk|s|r)?\$|[€£¥₹₩₺₽₴₪₫฿])"
    r"|(?P<word>p\.\s?[dwmqay]\b\.?|[^\W\d_]+\.?)|(?P<mark>[-/]))"
)
# Every dash, blank and apostrophe that a text field may hold, as the plain one.
PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\t\n\r", " "),
        **dict.fromkeys("\u2019\u02bc", "'"),
    }
)


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount or a range; `currencies` are those its sign can mean, if it has one.

    `unit` is a period (`week`) or a unit of time (`weeks`), if the text names one.
    """

    low: float
    high: float
    unit: str | None = None
    currencies: frozenset[str] | None = None

    @property
    def middle(self) -> float:
        """Give the middle of the range."""
        return self.low + (self.high - self.low) / 2


Token = tuple[str, str]  # its letter in the shape, and its text


def read_cost_text(text: str) -> Amount | str:
    """Read an amount with magnitude, currency and period, or say why not."""
    tokens = _tokens(text, cost=True)
    if not COST.fullmatch(_shape(tokens)):
        return "which is no amount"
    return _amount(tokens, cost=True)


def read_duration_text(text: str) -> Amount | str:
    """Read a length of time, or say why not."""
    tokens = _tokens(text, cost=False)
    if not DURATION.fullmatch(_shape(tokens)):
        return "which is no length of time"
    return _amount(tokens, cost=False)


def _shape(tokens: Sequence[Token]) -> str:
    return "".join(letter for letter, _ in tokens)


def _tokens(text: str, *, cost: bool) -> list[Token]:
    """Cut a text into tokens; what nobody knows makes a shape that never fits."""
    rest = text.translate(PLAIN).strip().casefold()
    if len(rest) > LONGEST:
        return [("X", "")]
    tokens: list[Token] = []
    at = 0
    while at < len(rest):
        found = TOKEN.match(rest, at)
        if found is None:
            return [("X", "")]
        at = found.end()
        tokens.extend(_classify(found, tokens, cost=cost))
    return tokens


def _classify(
    found: re.Match[str], before: Sequence[Token], *, cost: bool
) -> list[Token]:
    last = before[-1][0] if before else ""
    if number := found["number"]:
        return [("N", number)]
    if sign := found["sign"]:
        return [("C", sign)]
    if found["mark"] == "/":
        return [("P", "/")]
    if found["mark"] == "-":
        return [("R" if "N" in _shape(before) else "S", "-")]
    word = found["word"].replace(" ", "").rstrip(".")
    if word in RANGE_WORDS:
        return [("R", word)]
    return _cost_word(word, last) if cost else [_duration_word(word)]


def _duration_word(word: str) -> Token:
    return ("U", DURATIONS[word]) if word in DURATIONS else ("X", word)


def _cost_word(word: str, last: str) -> list[Token]:
    if last == "P":
        return [("U", PERIODS[word]) if word in PERIODS else ("X", word)]
    if known := _known(word):
        return [known]
    # «12kEUR»: a magnitude and a word grown together
    for cut in range(1, len(word)):
        head, tail = word[:cut], _known(word[cut:])
        if head in MAGNITUDES and tail is not None and tail[0] in "CA":
            return [("M", head), tail]
    return [("X", word)]


def _known(word: str) -> Token | None:
    if word in MAGNITUDES:
        return "M", word
    if word in SIGNS or word.upper() in CODES:
        return "C", word
    if word in ADVERBS:
        return "A", ADVERBS[word]
    return ("P", word) if word in PER_WORDS else None


def _amount(tokens: Sequence[Token], *, cost: bool) -> Amount | str:
    cut = next((i for i, (letter, _) in enumerate(tokens) if letter == "R"), None)
    sides = [tokens] if cut is None else [tokens[:cut], tokens[cut + 1 :]]
    last = _magnitude(sides[-1])
    read = [_number(side, _magnitude(side) or last, cost=cost) for side in sides]
    for number in read:
        if isinstance(number, str):
            return f"which {number}"
    low, high = float(read[0]), float(read[-1])
    if low > high and not _magnitude(sides[0]):  # «900-1.2k»: the first is plain
        low = float(_number(sides[0], None, cost=cost))
    return _whole(low, high, tokens)


def _whole(low: float, high: float, tokens: Sequence[Token]) -> Amount | str:
    if low > high:
        return "which is a range that runs backwards"
    units = {text for letter, text in tokens if letter in "UA"}
    signs = [_currencies(text) for letter, text in tokens if letter == "C"]
    currencies = frozenset.intersection(*signs) if signs else None
    if len(units) > 1:
        return "which names two units"
    if currencies == frozenset():
        return "which names two currencies"
    return Amount(low, high, units.pop() if units else None, currencies)


def _magnitude(side: Sequence[Token]) -> float | None:
    return next((MAGNITUDES[t] for letter, t in side if letter == "M"), None)


def _number(
    side: Sequence[Token], magnitude: float | None, *, cost: bool
) -> float | str:
    digits = next(text for letter, text in side if letter == "N")
    number = read_digits(digits, thousands=cost and magnitude is None)
    if isinstance(number, str):
        return number
    sign = -1.0 if side[0][0] == "S" or (len(side) > 1 and side[1][0] == "S") else 1.0
    return sign * number * (magnitude or 1.0)


def _currencies(sign: str) -> frozenset[str]:
    return SIGNS.get(sign, frozenset({sign.upper()}))
