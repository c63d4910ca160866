"""The words and signs that people write amounts with: magnitudes, money, time."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scoring.currencies import CURRENCIES

MAGNITUDES: Final[Mapping[str, float]] = MappingProxyType(
    {
        **dict.fromkeys(("k", "tsd", "thousand"), 1e3),
        **dict.fromkeys(("m", "mio", "mn", "mln", "million", "millions"), 1e6),
        **dict.fromkeys(("bn", "mrd", "billion", "billions"), 1e9),
    }
)

# Signs that several currencies share fit each of them: the backlog's own is meant.
DOLLARS: Final = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN"})
CROWNS: Final = frozenset({"SEK", "NOK", "DKK", "ISK"})
FRANCS: Final = frozenset({"CHF"})
SIGNS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "€": frozenset({"EUR"}),
        "euro": frozenset({"EUR"}),
        "euros": frozenset({"EUR"}),
        "£": frozenset({"GBP"}),
        "pound": frozenset({"GBP"}),
        "pounds": frozenset({"GBP"}),
        "$": DOLLARS,
        "dollar": DOLLARS,
        "dollars": DOLLARS,
        "us$": frozenset({"USD"}),
        "a$": frozenset({"AUD"}),
        "au$": frozenset({"AUD"}),
        "c$": frozenset({"CAD"}),
        "ca$": frozenset({"CAD"}),
        "nz$": frozenset({"NZD"}),
        "hk$": frozenset({"HKD"}),
        "s$": frozenset({"SGD"}),
        "r$": frozenset({"BRL"}),
        "kr": CROWNS,
        "fr": FRANCS,
        "sfr": FRANCS,
        "¥": frozenset({"JPY", "CNY"}),
        "₹": frozenset({"INR"}),
        "₩": frozenset({"KRW"}),
        "₺": frozenset({"TRY"}),
        "₽": frozenset({"RUB"}),
        "₴": frozenset({"UAH"}),
        "₪": frozenset({"ILS"}),
        "₫": frozenset({"VND"}),
        "฿": frozenset({"THB"}),
        "zł": frozenset({"PLN"}),
        "kč": frozenset({"CZK"}),
        "ft": frozenset({"HUF"}),
    }
)

# The guilder of the Antilles has given way to XCG, and is still written.
CODES: Final = CURRENCIES | {"ANG"}

# The word after «per», and the words that say «per week» in one.
PERIODS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("d", "day", "tag"), "day"),
        **dict.fromkeys(("w", "wk", "week", "woche"), "week"),
        **dict.fromkeys(("m", "mo", "mon", "mth", "month", "monat"), "month"),
        **dict.fromkeys(("q", "qtr", "quarter", "quartal"), "quarter"),
        **dict.fromkeys(("a", "y", "yr", "year", "annum", "jahr"), "year"),
    }
)
ADVERBS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("daily", "pd", "p.d"), "day"),
        **dict.fromkeys(("weekly", "pw", "p.w"), "week"),
        **dict.fromkeys(("monthly", "pm", "p.m"), "month"),
        **dict.fromkeys(("quarterly", "pq", "p.q"), "quarter"),
        **dict.fromkeys(("yearly", "annually", "pa", "p.a", "py", "p.y"), "year"),
    }
)
PER_WORDS: Final = frozenset({"per", "a", "an", "each", "every", "pro", "je", "im"})
RANGE_WORDS: Final = frozenset({"to", "bis"})

# A lone «m» is left out: months for one reader, minutes for the next.
DURATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("d", "day", "days", "tag", "tage"), "days"),
        **dict.fromkeys(
            ("w", "wk", "wks", "week", "weeks", "woche", "wochen"), "weeks"
        ),
        **dict.fromkeys(
            ("mo", "mon", "mth", "mths", "month", "months", "monat", "monate"), "months"
        ),
        **dict.fromkeys(("sprint", "sprints"), "sprints"),
    }
)
