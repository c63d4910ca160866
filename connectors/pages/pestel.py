"""The «PESTEL» page: what comes from outside, and which issues and money it touches."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from connectors.pages.figures import TIED, counted
from connectors.pages.matrix import matrix
from connectors.pages.origin import Origin, finish, made_from, missing, shown
from connectors.pages.page import Page
from connectors.pages.stakes import Stakes
from connectors.pages.storage import (
    Cell,
    Content,
    Element,
    bullets,
    heading,
    link,
    notice,
    p,
    status,
    strong,
    table,
    toc,
)
from scoring.evidence import Category, Evidence, Factor
from scoring.summary import Summary

TOP: Final = 5
MOST_FACTORS: Final = 100
MOST_LISTED: Final = 25
CHOICES: Final = "decide whether to monitor, hedge, invest or exit"
ARROWS: Final = {
    "increasing": "↑",
    "rising": "↑",
    "unchanged": "→",
    "stable": "→",
    "decreasing": "↓",
    "falling": "↓",
}


def build_pestel(summary: Summary, evidence: Evidence, origin: Origin) -> Page:
    """Build the page from the factors and the order."""
    stakes = Stakes(summary, origin)
    factors = sorted(evidence.factors, key=_heaviest_first)
    sources = {"Factors": origin.factors}
    foot = made_from(origin, [row.item for row in summary.rows], sources)
    if not factors:
        empty = notice(missing("factors", "factors", origin.factors), kind="note")
        return finish("pestel", origin, [empty, foot])
    blocks = [
        _judgement(factors, stakes),
        toc(),
        *_glance(factors, stakes),
        heading("Impact × likelihood"),
        matrix(factors, origin),
        *[block for each in Category for block in _category(each, factors, stakes)],
        *_incomplete(factors, origin),
        foot,
    ]
    return finish("pestel", origin, blocks)


def _heaviest_first(factor: Factor) -> tuple[int, int, str]:
    return -(_weight(factor) or 0), -(factor.impact or 0), factor.key


def _weight(factor: Factor) -> int | None:
    """Multiply impact by likelihood, where both are given: 1 to 25."""
    if factor.impact is None or factor.likelihood is None:
        return None
    return factor.impact * factor.likelihood


def _judgement(factors: Sequence[Factor], stakes: Stakes) -> Element:
    keys = {key for factor in factors for key in factor.touches}
    touched = stakes.touched(keys)
    at_stake = stakes.amounts.rate(stakes.weekly(keys))
    return notice(
        p(
            strong(
                f"{counted(len(factors), 'influence')} from outside, touching"
                f" {counted(len(touched), 'scored issue')} with {at_stake} of cost of"
                " delay."
            )
        ),
        p(
            "Each issue is counted once, however many factors touch it; the sums of"
            " single factors overlap and do not add up to this."
        ),
        p(
            "Impact and likelihood (1 to 5) are people's judgement. They change no"
            " place in the order; cost of delay does."
        ),
    )


def _glance(factors: Sequence[Factor], stakes: Stakes) -> list[Element]:
    weighed = [factor for factor in factors if _weight(factor) is not None]
    head = ["Factor", "Category", "Effect", "Impact × likelihood", "Trend", "Response"]
    rows: list[list[Cell]] = [
        [
            stakes.origin.issue(factor.key, factor.title),
            _category_name(factor),
            _effect(factor),
            _weighed(factor),
            _trend(factor),
            _response(factor),
        ]
        for factor in weighed[:TOP]
    ]
    blocks = [heading("At a glance"), table(head, rows)] if rows else []
    return [
        *blocks,
        *_alarm("Reviews that are overdue", _overdue(factors, stakes)),
        *_alarm("Threats without a response", _unanswered(factors, stakes)),
    ]


def _alarm(title: str, lines: Sequence[Cell]) -> list[Element]:
    if not lines:
        return []
    panel = [bullets(lines[:MOST_LISTED])]
    panel += shown(len(lines), MOST_LISTED, "factors")
    return [notice(*panel, title=title, kind="note")]


def _overdue(factors: Sequence[Factor], stakes: Stakes) -> list[Cell]:
    today = stakes.summary.today
    late = [(each.review, each) for each in factors if _late(each, today)]
    late.sort(key=lambda pair: (str(pair[0]), pair[1].key))
    return [
        [
            stakes.origin.issue(each.key, each.title),
            f", due {review}, {each.owner or 'nobody owns it'}",
        ]
        for review, each in late
    ]


def _late(factor: Factor, today: date) -> bool:
    return factor.review is not None and factor.review < today


def _unanswered(factors: Sequence[Factor], stakes: Stakes) -> list[Cell]:
    return [
        [
            stakes.origin.issue(each.key, each.title),
            f", {each.owner or 'nobody owns it'}: {CHOICES}",
        ]
        for each in factors
        if each.threat and not each.response
    ]


def _category(
    category: Category, factors: Sequence[Factor], stakes: Stakes
) -> list[Element]:
    found = [factor for factor in factors if factor.category is category]
    title = heading(category.value.capitalize())
    if not found:
        words = "No factor is noted. If nothing is coming, note that; else look again."
        return [title, p(words)]
    head = [
        "Factor",
        "Effect",
        "Impact × likelihood",
        "Horizon, trend",
        "Evidence",
        "Response",
        "Owner, review",
        "Touches",
        stakes.amounts.head("Cost of delay touched, a week"),
    ]
    most = stakes.origin.most(MOST_FACTORS)
    rows = [_row(factor, stakes) for factor in found[:most]]
    return [
        title,
        table(head, rows, numeric={8}),
        *shown(len(found), most, "factors"),
    ]


def _row(factor: Factor, stakes: Stakes) -> list[Cell]:
    return [
        stakes.origin.issue(factor.key, factor.title),
        _effect(factor),
        _weighed(factor),
        [p(factor.horizon or "no horizon"), p(_trend(factor))],
        link(factor.evidence, factor.evidence) if factor.evidence else "no source",
        _response(factor),
        [p(factor.owner or "nobody"), _review(factor, stakes.summary.today)],
        stakes.listed(factor.touches) or "no issue",
        stakes.amounts.cell(stakes.weekly(factor.touches)),
    ]


def _category_name(factor: Factor) -> str:
    return factor.category.value.capitalize() if factor.category else "none"


def _effect(factor: Factor) -> Content:
    if factor.threat is None:
        return "not said"
    return status("threat", "Red") if factor.threat else status("opportunity", "Green")


def _weighed(factor: Factor) -> str:
    weight = _weight(factor)
    impact, likelihood = factor.impact or "?", factor.likelihood or "?"
    return f"{impact} × {likelihood}" + (f" = {weight}" if weight else "")


def _trend(factor: Factor) -> str:
    arrow = ARROWS.get(factor.trend.strip().casefold())
    return f"{arrow}{TIED}{factor.trend}" if arrow else factor.trend or "no trend"


def _response(factor: Factor) -> Content:
    if factor.response:
        return factor.response
    return status("none", "Red" if factor.threat else "Grey")


def _review(factor: Factor, today: date) -> Element:
    if factor.review is None:
        return p("no date")
    if _late(factor, today):
        return p(f"{factor.review} ", status("overdue", "Yellow"))
    return p(str(factor.review))


def _incomplete(factors: Sequence[Factor], origin: Origin) -> list[Element]:
    """List what factors leave open, and those that no category shows."""
    lines: list[Cell] = []
    for factor in factors:
        gaps = list(factor.missing)
        if factor.category is None and not gaps:
            gaps = ["category"]
        if gaps:
            said = "; ".join(gaps)
            lines.append(
                [origin.issue(factor.key, factor.title), f", still open: {said}"]
            )
    if not lines:
        return []
    return [
        heading("Factors that leave something open"),
        bullets(lines[:MOST_FACTORS]),
        *shown(len(lines), MOST_FACTORS, "factors"),
    ]
