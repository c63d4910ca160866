"""How numbers look on a page: one format, documented, for every size and sign.

- 100 and more: whole, with commas: `12,946,210`; from 10¹⁵ on as `1.3×10¹⁵`.
- 1 to 100: at most two decimals, without idle zeros: `7.25`, `8`.
- below 1: two figures that count: `0.037`; below 0.0001 as `1.2×10⁻⁵`.
- a true minus (−) in front, before the currency: `−€150`; infinite is `∞`, no number –.
"""

import math
import re
from dataclasses import dataclass
from typing import Final

# The signs that name one currency beyond doubt; all others are written as their code.
SIGNS: Final = {"EUR": "€", "GBP": "£"}
# A space at which no line breaks.
TIED: Final = "\u00a0"
RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure(value: float) -> str:
    """Write a number."""
    if math.isnan(value):
        return "–"
    written = _size(abs(value))
    return f"−{written}" if value < 0 and written != "0" else written


def percent(share: float) -> str:
    """Write a share of one as a percentage."""
    return f"{figure(share * 100)} %"


def signed(value: float) -> str:
    """Write a number with its sign, also when it is above 0."""
    written = figure(value)
    return f"+{written}" if value > 0 else written


def counted(number: int, thing: str) -> str:
    """Write how many there are: «1 issue», «2 issues»."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


@dataclass(frozen=True, slots=True)
class Amounts:
    """Writes costs in a currency, or in points where `currency` is empty."""

    currency: str

    def total(self, value: float) -> str:
        """Write a delay cost: money, or points × weeks."""
        if self.currency:
            return self._money(value)
        written = figure(value)
        return f"{written} point-week{'s' * (written != '1')}"

    def rate(self, value: float) -> str:
        """Write a cost of delay per week."""
        return f"{self.bare(value)} a week"

    def bare(self, value: float) -> str:
        """Write an amount within a sentence."""
        if self.currency:
            return self._money(value)
        written = figure(value)
        return f"{written} point" if written == "1" else f"{written} points"

    def cell(self, value: float) -> str:
        """Write an amount in a column whose head says what it is."""
        return self._money(value) if self.currency else figure(value)

    def head(self, name: str, *, total: bool = False) -> str:
        """Name a column of amounts; points need their unit said."""
        unit = "point-weeks" if total else "points"
        return name if self.currency else f"{name} ({unit})"

    def retold(self, sentence: str) -> str:
        """Write each amount of a plain sentence («4,000 EUR») as the page has it."""
        if not self.currency:
            return sentence
        amount = rf"(-?[\d,]+(?:\.\d+)?) {re.escape(self.currency)}\b"
        return re.sub(
            amount, lambda m: self._money(float(m[1].replace(",", ""))), sentence
        )

    def _money(self, value: float) -> str:
        written = figure(value)
        if math.isnan(value):
            return written
        sign = SIGNS.get(self.currency, f"{self.currency} ")
        if written.startswith("−"):
            return f"−{sign}{written[1:]}"
        return f"{sign}{written}"


def _size(value: float) -> str:
    if math.isinf(value):
        return "∞"
    if value >= 1e15 or 0 < value < 1e-4:  # noqa: PLR2004  the documented bounds
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa}×10{str(int(exponent)).translate(RAISED)}"
    if value >= 100:  # noqa: PLR2004  as above
        return f"{value:,.0f}"
    if value >= 1:
        return _trimmed(f"{value:.2f}")
    return _trimmed(f"{value:.{_decimals(value)}f}")


def _decimals(value: float) -> int:
    """Count the decimals that show two figures of a value below 1."""
    return 1 - math.floor(math.log10(value)) if value else 0


def _trimmed(written: str) -> str:
    return written.rstrip("0").rstrip(".") if "." in written else written
