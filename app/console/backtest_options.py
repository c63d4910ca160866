"""The options of `cd3 backtest`, as typer reads them."""

from typing import Annotated

import typer

Backlog = Annotated[
    str, typer.Argument(help="The id of a backlog; its finished issues are read.")
]
Csv = Annotated[
    str,
    typer.Option(
        metavar="FILE",
        help="Read outcomes from a file instead: columns predicted, actual; "
        "optionally key, low, high, size, finished. «-» reads standard input.",
    ),
]
Since = Annotated[str, typer.Option(help="How far back, such as 365d or 26w.")]
Jql = Annotated[
    str,
    typer.Option(help="Take what this finds, instead of the backlog's own JQL."),
]
Classes = Annotated[str, typer.Option(help="Classes: size or quartile.")]
WorkingTime = Annotated[
    bool,
    typer.Option(
        "--working-time", help="Count Monday to Friday, 9 to 17 o'clock, only."
    ),
]
Zone = Annotated[str, typer.Option(help="Where the people work, such as Europe/Oslo.")]
Ranges = Annotated[
    str,
    typer.Option(
        metavar="FILE",
        help="Write the ranges that were learned to a file, for cd3 rank --ranges "
        "and a mapping's default_ranges.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
