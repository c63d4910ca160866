"""Look where real issues of a backlog are: rights in each project, fields of each type.

Which projects there are, our copy of the backlog knows; which types, Jira is asked.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.books.backlogs import Backlog
from app.books.bars import EDIT, FIELD, MAIL, RANK
from app.checks.finding import Finding
from app.checks.judging import RIGHTS, judge_mail, judge_rights, judge_screen
from app.jql import in_rank_order, of_other_types
from app.work.hushing import ADMIN_RIGHTS
from app.work.rights import BAD_REQUEST
from app.work.vanishing import some
from connectors.clients import AnyJira
from connectors.errors import NotGrantedError, RefusedError, UnauthorizedError
from scoring.item import Issue
from scoring.mapping import Mapping as FieldMapping
from scoring.mapping import mapping_fields
from scoring.reading.fields import JiraField

MOST_LOOKED_AT: Final = 50
MOST_PROJECTS: Final = 20
# An issue of each project and type is asked for its fields.
MOST_KINDS: Final = 40

Kinds = dict[tuple[str, str], Issue]
_Kind = tuple[str, Issue]


@dataclass(frozen=True, slots=True)
class Known:
    """What the books know of a backlog: its projects, those barred first; its size."""

    projects: Sequence[str] = ()
    issues: int = 0


@dataclass(frozen=True, slots=True)
class IssueChecks:
    """The checks on a backlog's issues.

    `cleared` is what they found nothing against, as bars are named.
    """

    backlog: Backlog
    jira: AnyJira
    fields: Sequence[JiraField]
    known: Known = field(default_factory=Known)
    cleared: set[str] = field(default_factory=set)

    @property
    def on(self) -> str:
        """Name the backlog as findings do."""
        return f"backlogs/{self.backlog.id}"

    def look(self, mapping: FieldMapping | None) -> Iterator[Finding]:
        """Go through the projects, then through the types in them."""
        try:
            found = self._peek(self.backlog.jql)
        except RefusedError as error:
            yield Finding(
                "backlog.jql",
                self.on,
                "fail",
                f"Jira refuses {self.backlog.jql}: {words(error)}",
                "no issue is read: a project or field is gone, or out of our sight",
                "give the account its rights back, or change the backlog's jql",
            )
            return
        if not found:
            why = "there is nothing to rank, or the account sees nothing of it"
            mend = "run the same search in Jira as the account"
            told = f"{self.backlog.jql} finds no issue"
            yield Finding("backlog.jql", self.on, "warn", told, why, mend)
            return
        kinds = _kinds(found)
        is_all = self.known.issues <= len(found) < MOST_LOOKED_AT
        projects = list(dict.fromkeys([*self.known.projects, *(p for p, _ in kinds)]))
        seen: list[str] = []
        for project in projects[:MOST_PROJECTS]:
            if not (yield from self._rights(project)):
                continue
            seen.append(project)
            if not is_all:
                self._find_types(project, kinds)
        if not is_all:
            yield from self._left_out(projects[MOST_PROJECTS:])
        if mapping is not None:
            whole = seen == projects and (is_all or self.known.issues > 0)
            yield from self._screens(mapping, _in_turn(kinds, seen), whole=whole)

    def _peek(self, jql: str) -> tuple[Issue, ...]:
        return self.jira.peek(
            in_rank_order(jql), fields=["project", "issuetype"], most=MOST_LOOKED_AT
        )

    def _rights(self, project: str) -> Generator[Finding, None, bool]:
        """Ask for the rights in a project; answer whether its issues can be seen."""
        policy, asked = self.backlog.policy, [*RIGHTS, *ADMIN_RIGHTS]
        try:
            held = self.jira.permissions(asked, project)
        except (NotGrantedError, UnauthorizedError):
            raise
        except RefusedError as error:
            if error.status != BAD_REQUEST:
                yield self._unseen(project, error)
                return False
            held = {}  # this Jira does not know one of the names
        yield judge_rights(project, held, policy.write, self.on)
        if "scores" in policy.write and not policy.notify_watchers:
            yield judge_mail(project, held, self.on)
        if held.get("EDIT_ISSUES"):
            self.cleared.add(EDIT + project)
            if held.get("SCHEDULE_ISSUES"):
                self.cleared.add(RANK + project)
        if any(held.get(right) for right in ADMIN_RIGHTS):
            self.cleared.add(MAIL + project)
        return held.get("BROWSE_PROJECTS") is not False

    def _unseen(self, project: str, error: RefusedError) -> Finding:
        told = f"{project}: Jira shows this account no such project: {words(error)}"
        why = RIGHTS["BROWSE_PROJECTS"][1]
        mend = f"let an admin of {project} give «Browse projects» to the account"
        return Finding("permissions", self.on, "fail", told, why, mend)

    def _find_types(self, project: str, kinds: Kinds) -> None:
        """Find an issue of each further type in a project, until there is no other."""
        while True:
            here = [issue for (key, _), issue in kinds.items() if key == project]
            types = [_type_id(issue) for issue in here]
            found = self._peek(of_other_types(self.backlog.jql, project, types))
            more = {kind: i for kind, i in _kinds(found).items() if kind not in kinds}
            if not more:
                return
            kinds |= more

    def _left_out(self, projects: Sequence[str]) -> Iterator[Finding]:
        if projects:
            told = f"not looked at, beyond {MOST_PROJECTS} projects: {some(projects)}"
            why = "what is barred there stays so until it is tried again, each hour"
            mend = "look at the account's rights there in Jira"
            yield Finding("permissions", self.on, "warn", told, why, mend)
        if not self.known.issues:
            told = f"only its first {MOST_LOOKED_AT} issues were looked at"
            why = "it was not read yet, so nobody knows its other projects"
            mend = "run this again once it is ranked"
            yield Finding("permissions", self.on, "warn", told, why, mend)

    def _screens(
        self, mapping: FieldMapping, kinds: Sequence[_Kind], *, whole: bool
    ) -> Iterator[Finding]:
        """Look which mapped fields can be set; `whole` says that no kind is missing."""
        names = {field.id: field.name for field in self.fields}
        uses = [use for use in mapping_fields(mapping) if use.field in names]
        uses = [use for use in uses if not use.pointer.startswith("/evidence")]
        faults: list[Finding] = []
        broken, looked = set[str](), 0
        for where, issue in kinds[:MOST_KINDS]:
            meta = self.jira.editmeta(issue.key)
            if not meta:  # without the right to edit it is empty: told above
                continue
            looked += 1
            for use in uses:
                found = list(judge_screen(where, [use], names, meta, self.on))
                broken |= {use.field} if found else set()
                faults += found
        yield from faults
        if looked and not faults:
            told = f"all can be set, on an issue of each of {looked} projects and types"
            yield Finding("mapping.screen", self.on, "ok", told)
        if left := [where for where, _ in kinds[MOST_KINDS:]]:
            told = f"not looked at, beyond {MOST_KINDS} projects and types: "
            why = "a field may be on no edit screen there"
            mend = "look at the fields' contexts and screens in Jira"
            told += some(left)
            yield Finding("mapping.screen", self.on, "warn", told, why, mend)
        if whole and looked == len(kinds):
            self.cleared.update(FIELD + u.field for u in uses if u.field not in broken)


def words(error: RefusedError) -> str:
    """Give Jira's own words where it said any."""
    return "; ".join(error.messages) or str(error)


def _kinds(issues: Sequence[Issue]) -> Kinds:
    """Choose an issue of each project and type, in the order of the backlog."""
    kinds: Kinds = {}
    for issue in issues:
        project, kind = _part(issue, "project"), _part(issue, "issuetype")
        key = str(project.get("key") or issue.key.rpartition("-")[0])
        kinds.setdefault((key, str(kind.get("name", ""))), issue)
    return kinds


def _in_turn(kinds: Kinds, projects: Sequence[str]) -> list[_Kind]:
    """List the kinds of some projects: the first of each before any second one."""
    turns: list[tuple[int, str, Issue]] = []
    for project in projects:
        here = [(name, i) for (key, name), i in kinds.items() if key == project]
        turns += [(at, f"{project}, {one[0]}", one[1]) for at, one in enumerate(here)]
    return [one[1:] for one in sorted(turns, key=lambda turn: turn[0])]


def _type_id(issue: Issue) -> str:
    kind = _part(issue, "issuetype")
    return str(kind.get("id") or kind.get("name") or "")


def _part(issue: Issue, name: str) -> Mapping[str, object]:
    found = issue.fields.get(name)
    return found if isinstance(found, Mapping) else {}
