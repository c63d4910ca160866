"""Look after a site's webhook in Jira: one, narrow, signed; its secret ours to make."""

import secrets as randomness
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from app import clock
from app.books.audit import Audit
from app.books.backlogs import Backlogs
from app.books.database import Database
from app.books.rankings import Rankings
from app.books.received import ReceivedDeliveries
from app.books.sites import Proof, Site, Sites, SiteSecrets
from app.errors import AppError
from app.work.narrowing import scope_of
from connectors.clients import AnyJira
from connectors.hooks import (
    EVENTS,
    HookPlan,
    is_ours,
    masked,
    name_of,
    narrow_jql,
    plan_hook,
    url_of,
)
from connectors.jira_values import Webhook, WebhookWish

Connect = Callable[[Site, SiteSecrets], tuple[AnyJira, object]]
_SECRET_BYTES = 32
_ON_HOST = "cd3 webhook"
# What lets Jira know a secret, as the audit calls it.
_TELLING = ("webhook_created", "webhook_updated")


class UnknownSiteError(AppError):
    """There is no site of that name."""


class ElsewhereError(AppError):
    """What bears our webhook's name leads elsewhere: it may be another CD3's."""


class NotToldError(AppError):
    """Jira still signs with the secret before, as far as we know."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What was done to the site's webhook, and how it is now.

    `fresh` says that a secret was made for it, `before` where it led until now, if
    elsewhere.
    """

    done: str
    webhook: Webhook
    fresh: bool = False
    before: str = ""


@dataclass(frozen=True, slots=True)
class Hooking:
    """Registers and looks after webhooks; `public_url` is where Jira reaches us.

    `settle` waits until receivers know a new secret, before Jira signs with it.
    """

    database: Database
    sites: Sites
    connect: Connect
    public_url: str
    settle: Callable[[], None]
    backlogs: Backlogs = field(default_factory=Backlogs)
    rankings: Rankings = field(default_factory=Rankings)
    audit: Audit = field(default_factory=Audit)
    deliveries: ReceivedDeliveries = field(default_factory=ReceivedDeliveries)

    def wish(self, site_id: str, *, secret: str = "") -> WebhookWish:
        """Say how the webhook should be: narrow, and at our address."""
        with self.database.reading() as session:
            scope = scope_of(session, site_id, self.backlogs, self.rankings)
            site = self._site(session, site_id)
            token = self._path_token(session, site)
        return WebhookWish(
            name=name_of(site_id),
            url=url_of(self.public_url, site_id, token=token),
            events=EVENTS,
            jql=narrow_jql(scope.projects),
            secret=secret,
        )

    def wide(self, site_id: str) -> str:
        """Say why the webhook is to hear of all projects; empty where it is not."""
        with self.database.reading() as session:
            return scope_of(session, site_id, self.backlogs, self.rankings).wide

    def look(self, site_id: str) -> HookPlan:
        """Read Jira's webhooks and say what differs; ForbiddenError without the right.

        Nothing is changed.
        """
        found = self._jira(site_id).webhooks()
        signed = self.proof(site_id) == "signature"
        plan = plan_hook(found, self.wish(site_id), signed=signed)
        kept = self._masked(site_id, plan.kept) if plan.kept else None
        spare = tuple(self._masked(site_id, each) for each in plan.spare)
        elsewhere = tuple(self._masked(site_id, each) for each in plan.elsewhere)
        return replace(plan, kept=kept, spare=spare, elsewhere=elsewhere)

    def register(
        self, site_id: str, *, rotate: bool = False, take_over: bool = False
    ) -> Registered:
        """Make or mend the site's one webhook; say what was done, and how it is now.

        Raises ElsewhereError where one bears its name and leads elsewhere, unless we
        are to `take_over` that one. A secret is in our books before Jira learns of
        it, beside the one before: so each delivery is proved by one that we know.
        Where Jira did not learn of it, the next time tells it that one.
        """
        jira, proof = self._jira(site_id), self.proof(site_id)
        signed = proof == "signature"
        found = jira.webhooks()  # first: without the right nothing is changed
        first = plan_hook(found, self.wish(site_id), take_over=take_over)
        if first.action == "ask":
            raise _elsewhere(site_id, first)
        before = self._secrets(site_id)
        secret = self.secret(site_id, rotate=rotate)
        fresh = secret not in before.webhook
        # What is signed must be signed rightly, whatever else proves it.
        signs = signed or bool(first.kept and first.kept.signed)
        new = signs and (rotate or before.is_outdated or first.is_taken_over)
        plan = plan_hook(
            found,
            self.wish(site_id),
            new_secret=new,
            signed=signed,
            take_over=take_over,
        )
        sure = not plan.untold or self.proved(site_id)
        if plan.action == "leave" and plan.kept is not None and sure:
            kept = self._masked(site_id, plan.kept)
            return Registered("left as it is", kept, fresh)
        tell = new or (signed and (plan.kept is None or not plan.kept.signed))
        wish = self.wish(site_id, secret=secret if tell else "")
        if plan.kept is None:
            done, webhook = "created", jira.create_webhook(wish)
        else:
            done, webhook = "updated", jira.update_webhook(plan.kept.id, wish)
        if (tell and signed) or proof == "path_token":  # a password is told by hand
            with self.database.writing() as session:
                self.sites.note_told(session, site_id, secret)
        shown = self._masked(site_id, webhook)
        led = self._masked(site_id, plan.kept).url if plan.kept else ""
        led = led if led != shown.url else ""
        detail = {"url": shown.url, "jql": wish.jql} | ({"before": led} if led else {})
        self._note(site_id, f"webhook_{done}", detail)
        return Registered(done, shown, fresh, led)

    def proved(self, site_id: str) -> bool:
        """Say whether Jira has sent what our secret proves, since we told it that.

        A delivery that is not proved is never taken, so any of Jira's will do.
        """
        with self.database.reading() as session:
            done = self.audit.list(session, object_id=f"sites/{site_id}")
            told = next((one.at for one in done if one.action in _TELLING), None)
            heard = self.deliveries.newest_of_jira(session, site_id)
        return heard is not None and (told is None or heard > told)

    def proof(self, site_id: str) -> Proof:
        """Say how the site's deliveries prove where they are from."""
        return self.site(site_id).webhook_proof

    def site(self, site_id: str) -> Site:
        """Find a site in the books, or say which there are."""
        with self.database.reading() as session:
            return self._site(session, site_id)

    def secret(self, site_id: str, *, rotate: bool = False) -> str:
        """Find the site's newest webhook secret, or make one beside it.

        While Jira does not know the newest of two, it is found again: a third would
        push out the one that Jira signs with.
        """
        with self.database.writing() as session:
            site = self._site(session, site_id, lock=True)
            kept = self.sites.secrets(session, site_id)
            if kept.webhook and not rotate:
                return kept.webhook[0]
            if not kept.is_halfway:
                made = randomness.token_urlsafe(_SECRET_BYTES)
                kept = kept.with_webhook(made)
                self.sites.change(session, site, kept)
                self._note_in(session, site_id, "webhook_secret_made", {})
        self.settle()
        return kept.webhook[0]

    def secrets(self, site_id: str) -> tuple[str, ...]:
        """Open the site's webhook secrets, newest first."""
        return self._secrets(site_id).webhook

    def _secrets(self, site_id: str) -> SiteSecrets:
        with self.database.reading() as session:
            self._site(session, site_id)
            return self.sites.secrets(session, site_id)

    def retire(self, site_id: str, *, by_hand: bool = False) -> bool:
        """Forget the secret before the newest; False where there is only one.

        Raises NotToldError where that is the one we told Jira last, unless somebody
        entered the newest there by hand.
        """
        with self.database.writing() as session:
            site = self._site(session, site_id, lock=True)
            kept = self.sites.secrets(session, site_id)
            if len(kept.webhook) < 2:  # noqa: PLR2004 - the newest and one before
                return False
            if kept.is_outdated and not by_hand:
                raise NotToldError(
                    "Jira was not told the newest secret yet: it signs with the one "
                    "before",
                    hint=f"run: cd3 webhook register {site_id}; or, where somebody "
                    "entered the newest in Jira, add --by-hand",
                )
            fewer = replace(kept, webhook=kept.webhook[:1])
            self.sites.change(session, site, fewer)
            self._note_in(session, site_id, "webhook_secret_retired", {})
        return True

    def prune(self, site_id: str) -> tuple[Webhook, ...]:
        """Delete what leads to us beside the one that is kept; say which those were."""
        jira = self._jira(site_id)
        spare = plan_hook(jira.webhooks(), self.wish(site_id)).spare
        for webhook in spare:
            jira.delete_webhook(webhook.id)
        shown = tuple(self._masked(site_id, each) for each in spare)
        for webhook in shown:
            self._note(site_id, "webhook_deleted", {"url": webhook.url})
        return shown

    def webhooks(self, site_id: str) -> tuple[tuple[bool, Webhook], ...]:
        """List all that Jira has registered, and which of them are ours."""
        found, wish = self._jira(site_id).webhooks(), self.wish(site_id)
        return tuple(
            (is_ours(each, wish), self._masked(site_id, each)) for each in found
        )

    def _masked(self, site_id: str, webhook: Webhook) -> Webhook:
        """Take the token out of an address: it is as good as a password."""
        return replace(webhook, url=masked(webhook.url, self.secrets(site_id)))

    def _jira(self, site_id: str) -> AnyJira:
        with self.database.reading() as session:
            site = self._site(session, site_id)
            secrets = self.sites.secrets(session, site_id)
        return self.connect(site, secrets)[0]

    def _site(self, session: Session, site_id: str, *, lock: bool = False) -> Site:
        site = self.sites.find(session, site_id, lock=lock)
        if site is None:
            known = ", ".join(one.id for one in self.sites.list(session, limit=10))
            hint = f"known: {known}" if known else "make one over REST first"
            raise UnknownSiteError(f"there is no site {site_id}", hint=hint)
        return site

    def _path_token(self, session: Session, site: Site) -> str:
        """Give the URL's last part, where that is what proves a delivery."""
        if site.webhook_proof != "path_token":
            return ""
        return next(iter(self.sites.secrets(session, site.id).webhook), "")

    def _note(self, site_id: str, action: str, detail: dict[str, str]) -> None:
        with self.database.writing() as session:
            self._note_in(session, site_id, action, detail)

    def _note_in(
        self, session: Session, site_id: str, action: str, detail: dict[str, str]
    ) -> None:
        self.audit.add(
            session,
            now=clock.now(),
            actor=_ON_HOST,
            action=action,
            object=f"sites/{site_id}",
            detail=detail,
        )


def _elsewhere(site_id: str, plan: HookPlan) -> ElsewhereError:
    """Name what bears our name and leads elsewhere, and what to do by whose it is."""
    there = [f"webhook {each.id} → {masked(each.url)}" for each in plan.elsewhere]
    return ElsewhereError(
        f"{' and '.join(there)}: it is called {plan.wish.name}, but does not lead to "
        f"{masked(plan.wish.url)}",
        hint="if this service moved: add --take-over (of several, rename the others in "
        "Jira first); if another CD3 is there: leave it its webhook, and set "
        f"{site_id} up here under another id",
    )
