"""The «discovery» page: which bets have evidence, and which cost much on none."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from connectors.pages.bets import Bet, Confidence, confidence, weigh_bets
from connectors.pages.figures import counted
from connectors.pages.origin import Origin, finish, made_from, missing, shown
from connectors.pages.page import Page
from connectors.pages.readout import experiments, undecided
from connectors.pages.stakes import Stakes
from connectors.pages.storage import (
    Cell,
    Colour,
    Content,
    Element,
    bullets,
    heading,
    notice,
    p,
    status,
    strong,
    table,
)
from scoring.evidence import Evidence, Insight
from scoring.summary import Summary

MOST_BETS: Final = 100
MOST_UNPROVEN: Final = 10
MOST_QUOTES: Final = 3
MOST_LISTED: Final = 50
# After half a year what a customer said may no longer hold.
STALE: Final = timedelta(days=180)
COLOURS: Final[dict[Confidence, Colour]] = {
    Confidence.NONE: "Red",
    Confidence.OPINION: "Grey",
    Confidence.ASSESSMENT: "Yellow",
    Confidence.DATA: "Blue",
    Confidence.TEST: "Green",
}


def build_discovery(summary: Summary, evidence: Evidence, origin: Origin) -> Page:
    """Build the page from the order and what was noted beside it."""
    stakes = Stakes(summary, origin)
    bets = weigh_bets(summary, evidence)
    blocks = [
        _glance(bets, evidence, stakes),
        *_opportunities(bets, stakes),
        *_unproven(bets, stakes),
        *_themes(evidence.insights, stakes),
        *experiments(evidence.experiments, stakes),
        *_stale(evidence.insights, stakes),
        *_adrift(evidence.insights, stakes),
        made_from(
            origin,
            [row.item for row in summary.rows],
            {"Insights": origin.insights, "Experiments": origin.experiments},
        ),
    ]
    return finish("discovery", origin, blocks)


def _glance(bets: Sequence[Bet], evidence: Evidence, stakes: Stakes) -> Element:
    proven = [bet for bet in bets if bet.confidence > Confidence.OPINION]
    blind = sum(
        bet.row.item.cost_of_delay
        for bet in bets
        if bet.confidence <= Confidence.OPINION
    )
    open_ends = len(undecided(evidence.experiments))
    running = sum(test.running for test in evidence.experiments)
    return notice(
        p(
            strong(
                f"{len(proven)} of {len(bets)} scored issues rest on more than opinion."
            )
        ),
        p(
            f"The others stand for {stakes.amounts.rate(blind)} of cost of delay."
            f" {counted(len(evidence.insights), 'insight')},"
            f" {counted(running, 'experiment')} running, {open_ends} waiting for a"
            " decision."
        ),
    )


def _opportunities(bets: Sequence[Bet], stakes: Stakes) -> list[Element]:
    blocks = [heading("Opportunities with evidence")]
    found = [bet for bet in bets if bet.insights or bet.experiments]
    if not found:
        mapped = stakes.origin.insights or stakes.origin.experiments
        return [*blocks, missing("insights", "insights", mapped)]
    most = stakes.origin.most(MOST_BETS)
    rows = [_opportunity(bet, stakes) for bet in found[:most]]
    head = [
        "Issue",
        "Place",
        stakes.amounts.head("At stake a week"),
        "Confidence",
        "What we heard",
        "Themes",
    ]
    return [
        *blocks,
        p(
            "Confidence follows from the strongest kind of evidence (after Itamar"
            " Gilad): nobody types it in."
        ),
        table(head, rows, numeric={1, 2}),
        *shown(len(found), most, "opportunities"),
    ]


def _opportunity(bet: Bet, stakes: Stakes) -> list[Cell]:
    item = bet.row.item
    return [
        stakes.origin.issue(item.key, item.summary),
        str(bet.row.place),
        stakes.amounts.cell(item.cost_of_delay),
        [_lozenge(bet.confidence), f" {bet.strongest}"],
        [bullets(_heard(bet, stakes))],
        ", ".join(sorted({note.theme for note in bet.insights if note.theme})),
    ]


def _heard(bet: Bet, stakes: Stakes) -> list[Cell]:
    lines: list[Cell] = [
        [stakes.origin.issue(note.key, note.title), f" – {note.source or 'no source'}"]
        for note in bet.insights[:MOST_QUOTES]
    ]
    if len(bet.insights) > MOST_QUOTES:
        lines.append(f"{len(bet.insights) - MOST_QUOTES} more")
    lines += [
        ["Experiment ", stakes.origin.issue(test.key, test.title)]
        for test in bet.experiments[:MOST_QUOTES]
    ]
    return lines


def _lozenge(level: Confidence) -> Element:
    return status(level.name.lower(), COLOURS[level])


def _unproven(bets: Sequence[Bet], stakes: Stakes) -> list[Element]:
    """List what costs most by waiting and rests on opinion or on nothing."""
    blind = [
        bet
        for bet in bets
        if bet.confidence <= Confidence.OPINION and bet.row.item.cost_of_delay > 0
    ]
    if not blind:
        return []
    rows: list[list[Cell]] = [
        [
            stakes.origin.issue(bet.row.item.key, bet.row.item.summary),
            str(bet.row.place),
            stakes.amounts.cell(bet.row.item.cost_of_delay),
            [_lozenge(bet.confidence), f" {bet.strongest}"],
        ]
        for bet in blind[:MOST_UNPROVEN]
    ]
    head = ["Issue", "Place", stakes.amounts.head("At stake a week"), "Rests on"]
    return [
        heading("Biggest bets on the least evidence"),
        p("One insight or a small test here may change the order most."),
        table(head, rows, numeric={1, 2}),
        *shown(len(blind), MOST_UNPROVEN, "such bets"),
    ]


def _themes(insights: Sequence[Insight], stakes: Stakes) -> list[Element]:
    by_theme: dict[str, list[Insight]] = defaultdict(list)
    for note in insights:
        by_theme[note.theme or "No theme"].append(note)
    if not by_theme:
        return []
    groups = sorted(by_theme.items(), key=lambda group: (-len(group[1]), group[0]))
    most = stakes.origin.most(MOST_LISTED)
    rows = [_theme(name, notes, stakes) for name, notes in groups[:most]]
    head = [
        "Theme",
        "Insights",
        "Sources",
        "Strongest",
        "Newest",
        "Touches",
        stakes.amounts.head("At stake a week"),
    ]
    return [
        heading("What people say, by theme"),
        p("An issue counts once in each theme, and so do its costs."),
        table(head, rows, numeric={1, 2, 6}),
        *shown(len(groups), most, "themes"),
    ]


def _theme(name: str, notes: Sequence[Insight], stakes: Stakes) -> list[Cell]:
    keys = [key for note in notes for key in note.touches]
    newest = max((note.noted for note in notes if note.noted), default=None)
    return [
        name,
        str(len(notes)),
        str(len({note.source for note in notes if note.source})),
        _lozenge(max(confidence(note.strength) for note in notes)),
        str(newest or "no date"),
        stakes.origin.issues(sorted(set(keys))),
        stakes.amounts.cell(stakes.weekly(keys)),
    ]


def _stale(insights: Sequence[Insight], stakes: Stakes) -> list[Element]:
    """List what was noted so long ago that it should be asked again."""
    before = stakes.summary.today - STALE
    old = [
        (note.noted, note) for note in insights if note.noted and note.noted < before
    ]
    old.sort(key=lambda pair: (pair[0], pair[1].key))
    lines: list[list[Content]] = [
        [stakes.origin.issue(note.key, note.title), f", noted on {noted}"]
        for noted, note in old[:MOST_LISTED]
    ]
    return _listing(
        "Stale evidence",
        "Older than half a year. Ask again, or close it.",
        lines,
        len(old),
    )


def _adrift(insights: Sequence[Insight], stakes: Stakes) -> list[Element]:
    """List the insights that speak for no issue of the backlog."""
    loose = [note for note in insights if not note.touches]
    lines: list[list[Content]] = [
        [stakes.origin.issue(note.key, note.title)] for note in loose[:MOST_LISTED]
    ]
    return _listing(
        "Insights without an issue",
        "Link each one to the issue of this backlog that it speaks for.",
        lines,
        len(loose),
    )


def _listing(
    title: str, words: str, lines: Sequence[Cell], count: int
) -> list[Element]:
    if not lines:
        return []
    return [
        heading(title),
        p(words),
        bullets(lines),
        *shown(count, MOST_LISTED, "insights"),
    ]
