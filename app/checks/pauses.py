"""Judge what of a site is left alone: pure, and told until when."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from app.books.limits import Standing
from app.checks.finding import Finding

_ISSUE: Final = "issue "


def judge_pauses(
    site: str, found: Sequence[Standing], now: datetime
) -> Iterator[Finding]:
    """Tell a site's pauses and open circuits; of endpoints and issues the long ones."""
    on = f"sites/{site}"
    told = [one for one in found if one.site == site and one.is_told]
    issues = [one for one in told if one.scope.startswith(_ISSUE)]
    for one in told:
        if one not in issues:
            yield _judge(f"{one.scope} is left alone until", one, site, now)
    if issues:
        last = max(issues, key=lambda one: one.until)
        lead = f"the last of {len(issues)} issues whose writes wait, {last.scope},"
        yield _judge(f"{lead} is left alone until", last, site, now)
    if not told:
        yield Finding("limits", on, "ok", "nothing is paused for more than a minute")


def _judge(told: str, one: Standing, site: str, now: datetime) -> Finding:
    until = datetime.fromtimestamp(one.until).astimezone()
    today = now.astimezone().date() == until.date()
    when = f"{until:%H:%M:%S}" if today else f"{until:%Y-%m-%d %H:%M:%S}"
    why = f"it told us to wait ({one.reason})" if one.reason else "it told us to wait"
    if one.reason == "circuit":
        why = "it failed too often; then one call tries"
    mend = f"wait; it goes on by itself, at once with PATCH /api/v1/sites/{site}"
    return Finding("limits", f"sites/{site}", "warn", f"{told} {when}", why, mend)
