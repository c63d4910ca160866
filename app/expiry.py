"""When a site's credential ends, and what is said of it how long ahead: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.books.sites import Site
from app.books.tokens import Tokens
from connectors.ways import Way

# Warned of this many days ahead, once a day within each.
DAYS: Final = (1, 7, 30)


@dataclass(frozen=True, slots=True)
class Ending:
    """A credential's end; `within` is the least of the days that it is within."""

    at: datetime
    within: int
    words: str

    @property
    def over(self) -> bool:
        """Say whether it has ended already."""
        return self.within == 0


def ends_at(site: Site, tokens: Tokens) -> datetime | None:
    """Tell when a site's credential ends, by the admin's word or the tokens' age."""
    known = [site.credential.expires_at]
    if site.credential.way is Way.OAUTH:
        known.append(tokens.refresh_ends_at)
    told = [at for at in known if at is not None]
    return min(told) if told else None


def ending(at: datetime | None, *, now: datetime) -> Ending | None:
    """Say what there is to say of an end; nothing of one that is far off."""
    if at is None or at - now > timedelta(days=DAYS[-1]):
        return None
    day = f"{at:%Y-%m-%d}"
    if at <= now:
        return Ending(at, 0, f"the credential ended on {day}")
    left = at - now
    within = next(days for days in DAYS if left <= timedelta(days=days))
    words = f"{left.days} days" if left.days > 1 else f"{left // timedelta(hours=1)} h"
    return Ending(at, within, f"the credential ends on {day}, in {words}")
