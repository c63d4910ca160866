"""Values that the pages' tests are made of: an order, evidence and an origin."""

from datetime import UTC, date, datetime

from connectors.pages.origin import Origin
from scoring.evidence import Arm, Category, Evidence, Experiment, Factor, Insight
from scoring.item import Cycle, Gap, Item, Link, Mode, Source
from scoring.summary import Row, Summary, Totals

TODAY = date(2026, 11, 23)
SITE = "http://127.0.0.1:8401"

Given = tuple[str, float, float, int]  # key, cost of delay, weeks, place in Jira


def origin(text: str = "plain", *, at: datetime | None = None) -> Origin:
    return Origin(
        backlog="harbour",
        name=text,
        site=SITE,
        jql=text,
        mapping_version=3,
        computed_at=at or datetime(2026, 11, 23, 7, 30, tzinfo=UTC),
        duration_note=text,
        factors=text,
        insights=text,
        experiments=text,
        fields={"customfield_1": text},
    )


def item(key: str, cost: float, weeks: float, text: str) -> Item:
    return Item(
        key=key,
        cost_of_delay=cost,
        duration=weeks,
        summary=text,
        deadline=date(2027, 3, 1),
        team=text,
        sources=(Source(text, "customfield_1", text, cost, text, text),),
    )


def rows(given: list[Given], text: str) -> tuple[Row, ...]:
    """Put items one after the other; delay cost is cost of delay × end."""
    made, clock = [], 0.0
    for place, (key, cost, weeks, was) in enumerate(given, 1):
        made.append(
            Row(
                item=item(key, cost, weeks, text),
                place=place,
                was=was,
                rate=cost,
                cd3=cost / weeks if weeks else float("inf"),
                starts=clock,
                ends=clock + weeks,
                delay_cost=cost * (clock + weeks),
                latest_start=date(2027, 1, 9),
                pulled_by="HARB-9" if place == 1 else None,
                why=text,
            )
        )
        clock += weeks
    return tuple(made)


THREE: list[Given] = [
    ("HARB-2", 3000.0, 1.0, 2),
    ("HARB-1", 1000.0, 4.0, 1),
    ("HARB-3", -150.0, 0.5, 3),
]
# By hand: Jira's order 1, 2, 3 costs 1000×4 + 3000×5 − 150×5.5; ours 2, 1, 3 costs
# 3000×1 + 1000×5 − 150×5.5.
JIRA_COST, OUR_COST, SAVED = 18_175.0, 7_175.0, 11_000.0


def summary(
    text: str = "plain",
    *,
    mode: Mode = Mode.MONEY,
    given: list[Given] | None = None,
    today: date = TODAY,
) -> Summary:
    loop = ("HARB-7", "HARB-8", "HARB-7")
    return Summary(
        mode=mode,
        currency="EUR" if mode is Mode.MONEY else "",
        today=today,
        rows=rows(THREE if given is None else given, text),
        gaps=(Gap("HARB-5", text, summary=text, role=text, field="customfield_1"),),
        cycles=(Cycle(loop, Link("HARB-8", "HARB-7")),),
        totals=Totals(JIRA_COST, OUR_COST, SAVED, OUR_COST, 0.0),
    )


def factor(key: str, text: str, category: Category | None) -> Factor:
    return Factor(
        key=key,
        title=text,
        category=category,
        impact=4,
        likelihood=5,
        threat=True,
        horizon=text,
        trend=text,
        evidence=text,
        owner=text,
        response="",
        review=date(2026, 11, 1),
        touches=("HARB-1", "HARB-5"),
        missing=(text,),
    )


def evidence(text: str = "plain") -> Evidence:
    return Evidence(
        factors=(
            factor("TIDE-1", text, Category.LEGAL),
            factor("TIDE-2", text, Category.SOCIAL),
            factor("TIDE-3", text, None),
        ),
        insights=(
            Insight(
                "TIDE-4", text, text, text, 3.0, text, date(2026, 1, 1), ("HARB-1",)
            ),
            Insight("TIDE-5", text, text, text, None, text, None, ()),
        ),
        experiments=(
            Experiment(
                "TIDE-6",
                text,
                text,
                text,
                Arm(2418, 2147),
                Arm(2391, 2222),
                text,
                running=False,
                touches=("HARB-2",),
            ),
            Experiment("TIDE-7", text, text, text, Arm(10, 1), None),
        ),
    )
