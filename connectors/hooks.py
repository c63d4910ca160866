"""Which webhook is ours, whether it is as it should be, and what to do: pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit

from connectors.jira_values import Webhook, WebhookWish

# Whatever may change an order, and nothing else. Jira filters the issue events by a
# JQL; events of links it does not filter.
EVENTS: Final = (
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "issuelink_created",
    "issuelink_deleted",
)
# A longer list makes Jira's work at each event longer than ours.
MOST_PROJECTS: Final = 50
# Where a site's deliveries go, and the token that may stand behind.
_RECEIVER: Final = re.compile(r"(/webhooks/jira/[^/?#]+)/[^/?#]*")


@dataclass(frozen=True, slots=True)
class HookPlan:
    """What to do about a site's webhook.

    `kept` is the one to leave or to update, `spare` are others that lead to us, which
    only double every delivery. `elsewhere` are those that bear our name and lead to
    another place: where none leads to us, somebody has to say whether they are ours
    (`ask`). `differs` names what is not as it should be, `untold` what Jira does not
    say of it.
    """

    action: Literal["create", "update", "leave", "ask"]
    wish: WebhookWish
    kept: Webhook | None = None
    spare: tuple[Webhook, ...] = ()
    differs: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    elsewhere: tuple[Webhook, ...] = ()

    @property
    def is_taken_over(self) -> bool:
        """Say whether the one that is kept led elsewhere before."""
        return self.kept is not None and not is_ours(self.kept, self.wish)


def name_of(site: str) -> str:
    """Name a site's webhook, so that people and a service that moved find it again."""
    return f"CD3 {site}"


def url_of(public_url: str, site: str, *, token: str = "") -> str:
    """Say where a site's deliveries go; a token proves them where nothing else can."""
    end = f"/{token}" if token else ""
    return f"{public_url.rstrip('/')}/webhooks/jira/{site}{end}"


def narrow_jql(projects: Iterable[str]) -> str:
    """Narrow the issue events to projects; empty where that cannot be done.

    Not to the backlogs' own searches: an issue that leaves one would send no word.
    """
    names = sorted(set(projects))
    if not names or len(names) > MOST_PROJECTS:
        return ""
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"project in ({quoted})"


def plan_hook(
    found: Sequence[Webhook],
    wish: WebhookWish,
    *,
    new_secret: bool = False,
    signed: bool = True,
    take_over: bool = False,
) -> HookPlan:
    """Decide: exactly one webhook a site, found by where it leads.

    `signed` says that it must be, as it must but where Jira cannot. `take_over` says
    that the one that bears our name is ours though it leads elsewhere, for the service
    has moved; of several at different places nobody knows which.
    """
    ordered = sorted(found, key=_oldest_first)
    ours = [each for each in ordered if is_ours(each, wish)]
    elsewhere = [each for each in ordered if each.name == wish.name]
    elsewhere = [each for each in elsewhere if each not in ours]
    chosen = ours
    if take_over and len({masked(each.url) for each in elsewhere}) == 1:
        chosen = ours or elsewhere
    if not chosen and not elsewhere:
        return HookPlan("create", wish)
    if not chosen:
        return HookPlan("ask", wish, elsewhere=tuple(elsewhere))
    exact = [each for each in chosen if each.url == wish.url]
    kept = (exact or chosen)[0]
    differs = tuple(_differences(kept, wish, signed=signed))
    leave = not differs and not new_secret
    return HookPlan(
        "leave" if leave else "update",
        wish,
        kept,
        spare=tuple(each for each in ours if each is not kept),
        differs=differs,
        untold=tuple(_untold(kept, signed=signed)),
        elsewhere=tuple(each for each in elsewhere if each is not kept),
    )


def is_ours(webhook: Webhook, wish: WebhookWish) -> bool:
    """Say whether a webhook leads to us; by its name alone, another CD3's might be.

    Where we do not know our own address, the name has to do.
    """
    if webhook.url == wish.url:
        return True
    there, here = urlsplit(webhook.url), urlsplit(wish.url)
    if not here.hostname:
        return webhook.name == wish.name
    # The service behind another of its names; another one has another path or port.
    ports = {there.port, here.port} - {None}
    return len(ports) < 2 and _place(there) == _place(here)  # noqa: PLR2004 - a pair


def masked(url: str, secrets: Iterable[str] = ()) -> str:
    """Write a URL without the token that it may end in, ours or another CD3's."""
    for secret in secrets:
        url = url.replace(f"/{secret}", "/…")
    return _RECEIVER.sub(r"\1/…", url)


def _place(url: SplitResult) -> tuple[str | None, str]:
    """Say to which host and which of its sites a URL leads, whatever the token."""
    return url.hostname, _RECEIVER.sub(r"\1", url.path)


def _differences(kept: Webhook, wish: WebhookWish, *, signed: bool) -> Iterable[str]:
    if kept.name != wish.name:
        yield "name"
    if kept.url != wish.url:
        yield "url"
    if set(kept.events) != set(wish.events):
        yield "events"
    if kept.jql is not None and kept.jql != wish.jql:
        yield "jql"
    if signed and kept.signed is False:
        yield "secret"


def _untold(kept: Webhook, *, signed: bool) -> Iterable[str]:
    if kept.jql is None:
        yield "jql"
    if signed and kept.signed is None:
        yield "secret"


def _oldest_first(webhook: Webhook) -> tuple[int, str]:
    return (int(webhook.id) if webhook.id.isdecimal() else 0, webhook.id)
