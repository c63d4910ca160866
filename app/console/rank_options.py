"""The options of `cd3 rank`, as typer reads them."""

from typing import Annotated

import typer

File = Annotated[
    str,
    typer.Argument(
        metavar="FILE.csv",
        help="Columns key, cost_of_delay (per week), duration (in weeks); "
        "optionally summary, rank, blocked_by, deadline, profile, profile_weeks, "
        "penalty, team, size (for --ranges) and the 80 % ranges duration_low, "
        "duration_high, cost_of_delay_low, cost_of_delay_high. "
        "Rows with the same name in driver (an exchange rate, a market's size) share "
        "one factor of their cost of delay, likely 1, with the 80 % range driver_low, "
        "driver_high, such as 0.8 and 1.5. "
        "«-» reads standard input.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Currency = Annotated[str, typer.Option(help="What costs of delay are in, such as EUR.")]
Today = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day to order for.")]
Tolerance = Annotated[
    float,
    typer.Option(
        metavar="SHARE",
        help="Leave rows where they are as long as that costs no more than this "
        "share of the delay cost, such as 0.001.",
    ),
]
Teams = Annotated[
    int,
    typer.Option(
        metavar="M",
        help="Tell what the order costs if so many equal teams work it off.",
    ),
]
Queues = Annotated[
    bool,
    typer.Option(
        "--queues",
        help="Tell what the order costs if each team, as the column team names it, "
        "works off its own rows.",
    ),
]
Ranges = Annotated[
    str,
    typer.Option(
        metavar="FILE",
        help="Give durations without a range the one that cd3 backtest --ranges "
        "learned for their size, and wrote to this file.",
    ),
]
Explain = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY",
        help="Explain a row: its formula, its reason, and which cost of delay or "
        "duration would bring it to each other place; may be given again.",
    ),
]
WhatIf = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY:cost_of_delay=…,duration=…,gain=…",
        help="Tell what other numbers for one row would do; may be given again. "
        "A number with a sign is added to the present one. A gain is held against "
        "what the change adds to the delay cost: scope worth 100000 that takes a "
        "week longer is KEY:duration=+1,gain=100000.",
    ),
]
PricePin = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY:PLACE",
        help="Tell what holding a row at a place would cost; may be given again.",
    ),
]
Chart = Annotated[
    str,
    typer.Option(
        metavar="OUT.png",
        help="Draw how delay cost piles up in both orders and, where there are "
        "ranges, the ranks of the first 20 rows.",
    ),
]
