"""Look at one backlog's site through its mapping: fields, rights, rank, pages."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.books.backlogs import RETRYING, Backlog
from app.books.failing import Failing
from app.books.mappings import SavedMapping
from app.books.pages import KeptPage
from app.books.sites import Credential
from app.checks.finding import Finding
from app.checks.issues import IssueChecks, Known, words
from connectors.clients import AnyJira
from connectors.confluence import Confluence
from connectors.errors import (
    ConnectorError,
    NotGrantedError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
)
from connectors.jira_answers import rank_field_of
from scoring.mapping import Mapping as FieldMapping
from scoring.mapping import MappingError, mapping_fields, read_mapping
from scoring.reading.check import check_mapping
from scoring.reading.fields import JiraField, LinkType

_log = logging.getLogger(__name__)

_STILL_RANKED: Final = {
    "partly_refused": "something was not written",
    "vanished": "the order is made without them",
    "reading": "its order is as it was until all is read",
}
_NOT_WRITTEN: Final = frozenset({"blocked", "refused"})


@dataclass(frozen=True, slots=True)
class BacklogChecks:
    """The checks of one backlog, with what its Jira has read beforehand.

    `cleared` is what they found nothing against, as bars are named.
    """

    backlog: Backlog
    saved: SavedMapping | None
    jira: AnyJira
    confluence: Confluence
    fields: Sequence[JiraField]
    link_types: Sequence[LinkType]
    credential: Credential = field(default_factory=Credential)
    kept_pages: Sequence[KeptPage] = ()
    failing: Failing = field(default_factory=Failing)
    known: Known = field(default_factory=Known)
    cleared: set[str] = field(default_factory=set)

    @property
    def on(self) -> str:
        """Name the backlog as findings do."""
        return f"backlogs/{self.backlog.id}"

    def look(self) -> Iterator[Finding]:
        """Go through them."""
        yield self._state()
        mapping = None
        for found in self._mapping():
            if isinstance(found, Finding):
                yield found
            else:
                mapping = found
        yield from IssueChecks(
            self.backlog, self.jira, self.fields, self.known, self.cleared
        ).look(mapping)
        if "rank" in self.backlog.policy.write:
            yield self._rank()
            yield self._boards()
        if self.backlog.pages and "pages" in self.backlog.policy.write:
            yield from self._pages()
            yield from self._kept_pages()

    def _state(self) -> Finding:
        state, reason = self.backlog.state, self.backlog.state_reason
        if state in {"ok", "reading", RETRYING} and self.failing.attempts:
            return self._failing(state, reason)
        if state == "ok":
            return Finding("backlog", self.on, "ok", "its last rescore went well")
        told = f"{state}: {reason}"
        why = _STILL_RANKED.get(state)
        return Finding(
            "backlog",
            self.on,
            "warn" if why else "fail",
            told,
            why or "it is not ranked",
            "mend what the other lines name; it goes on by itself",
        )

    def _failing(self, state: str, reason: str) -> Finding:
        """Say that it failed: a failure may pass, one that lasts is to be looked at."""
        attempts, again = self.failing.attempts, self.failing.again
        told, why = f"{state}: {reason}", "its order gets old, and nothing is written"
        mend = "mend what it names or the other lines name; it goes on by itself"
        if state == RETRYING:
            return Finding("backlog", self.on, "fail", told, why, mend)
        told = f"its last rescore failed, {attempts} in a row"
        told += f"; the next try is at {again:%Y-%m-%d %H:%M:%S %Z}" if again else ""
        mend = "wait; where it lasts, the backlog's state and the log say why"
        return Finding("backlog", self.on, "warn", told, why, mend)

    def _mapping(self) -> Iterator[Finding | FieldMapping]:
        path = f"/api/v1/backlogs/{self.backlog.id}/mapping"
        if self.saved is None:
            why = "nothing is ranked without one"
            mend = f"GET {path}/suggestions, then PUT {path}"
            yield Finding("mapping", self.on, "fail", "there is none", why, mend)
            return
        try:
            mapping = read_mapping(dict(self.saved.mapping))
        except MappingError as error:
            told = f"it cannot be read: {error}"
            yield Finding("mapping", self.on, "fail", told, "", f"PUT {path}")
            return
        yield mapping
        problems = check_mapping(
            mapping, self.fields, self.link_types, self.backlog.mode
        )
        for problem in problems:
            yield Finding(
                "mapping.fields",
                self.on,
                "fail",
                f"{problem.pointer}: {problem.message}",
                "the backlog is not ranked, or its scores are not written",
                f"give the field back to the account's sight, or PUT {path}",
            )
        if not problems:
            count = len(mapping_fields(mapping))
            told = f"all {count} mapped fields exist and are of a fitting type"
            yield Finding("mapping.fields", self.on, "ok", told)

    def _rank(self) -> Finding:
        if field := rank_field_of(self.fields):
            told = f"Jira ranks by {field}"
            return Finding("rank", self.on, "ok", told)
        return Finding(
            "rank",
            self.on,
            "fail",
            "this account sees no Rank field",
            "issues cannot be put in order",
            "give the account access to Jira Software, or take rank out of "
            "policy.write",
        )

    def _boards(self) -> Finding:
        """Look whether boards can be seen: ranking goes by the same way."""
        try:
            boards = self.jira.boards()
        except UnauthorizedError:
            raise
        except RefusedError as error:
            return Finding(
                "boards",
                self.on,
                "fail",
                f"Jira shows this account no boards: {words(error)}",
                "calls that rank go by the same way, and are refused too",
                "give the account access to Jira Software; a scoped token needs "
                "read:board-scope:jira-software",
            )
        told = f"{len(boards)} boards can be seen" if boards else "it sees no board yet"
        return Finding("boards", self.on, "ok", told)

    def _pages(self) -> Iterator[Finding]:
        place = self.backlog.pages
        if place is None:
            return
        where = f"space {place.space}"
        try:
            known = self.confluence.look_at(place.space, place.parent_id)
        except (NotGrantedError, UnauthorizedError) as error:
            yield self._refused_by_confluence(error)
            return
        except RefusedError as error:
            yield Finding(
                "confluence",
                self.on,
                "fail",
                f"{where}: {error}",
                "no page is published",
                "give the account access to space and parent page, or change the "
                "backlog's pages",
            )
            return
        except UnreachableError as error:
            yield unreachable("confluence", self.on, error)
            return
        also = f", below «{known.parent}»" if known.parent else ""
        if known.may_create is False:
            yield Finding(
                "confluence",
                self.on,
                "fail",
                f"{where}{also} can be read, not written to",
                "no page is published",
                f"Space settings → Permissions of {place.space}: let the account add "
                "pages",
            )
            return
        sure = "" if known.may_create else "; it does not say whether we may write"
        yield Finding("confluence", self.on, "ok", f"{where}{also} is there{sure}")

    def _kept_pages(self) -> Iterator[Finding]:
        """Tell of pages that could not be written: reading shows no such thing."""
        for page in self.kept_pages:
            if page.state in _NOT_WRITTEN:
                told = f"{page.kind} page, {page.state}: {page.reason}"
                why = "it shows the figures of before"
                mend = "mend what is named; the next ranking tries it again"
                yield Finding("confluence.page", self.on, "warn", told, why, mend)

    def _refused_by_confluence(self, error: RefusedError) -> Finding:
        """Say which credential Confluence refused: Jira has just taken its own."""
        path, way = f"/api/v1/sites/{self.backlog.site_id}", self.credential.way
        whose = "the site's credential, which Jira takes"
        mend = f"look at what the account may do in Confluence, or PATCH {path}"
        if way.by_product:
            whose = "Jira's token, which holds for Jira alone"
            mend = "make one in Confluence"
            if self.credential.confluence_token:
                whose, mend = "confluence_token", "make a new one in Confluence"
            mend += f" and PATCH {path} with credentials.confluence_token"
        told = f"{way}: Confluence refused {whose}: {error}"
        why = "no page is published; Jira is not touched by it"
        return Finding("confluence", self.on, "fail", told, why, mend)


def unreachable(check: str, on: str, error: ConnectorError) -> Finding:
    """Say that a site does not answer as it should."""
    return Finding(
        check,
        on,
        "fail",
        str(error),
        "what cannot be reached cannot be read or written; CD3 tries again by itself",
        "open the address in a browser from this machine; look at DNS and TLS; a "
        "company's own CA belongs into CD3_CA_FILE, its proxy into CD3_PROXY",
        "unreachable",
    )
