"""One condition of a query turned into a test of issues."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from connectors.sandbox.accounts import Account
from connectors.sandbox.clock import read_stamp
from connectors.sandbox.fields import Field
from connectors.sandbox.jql import Call, Clause, JqlError, Operand
from connectors.sandbox.model import CATEGORIES, Issue, Named
from connectors.sandbox.moments import read_moment
from connectors.sandbox.naming import ALIASES, find_fields, word_patterns
from connectors.sandbox.state import Site

Test = Callable[[Issue], bool]
Values = Callable[[Issue], list[str]]

EQUAL: Final = ("=", "in")
UNEQUAL: Final = ("!=", "not in")
COMPARED: Final = (*EQUAL, *UNEQUAL, ">", ">=", "<", "<=")


def test_of(site: Site, clause: Clause, account: Account | None) -> Test:
    """Give the test that a clause asks for, or refuse the clause in Jira's words."""
    name = ALIASES.get(clause.field.casefold(), clause.field.casefold())
    if name == "key":
        return _key(site, clause)
    if name == "text":
        texts = ("summary", "description")
        return _any_of([_contains(site, site.fields[text], clause) for text in texts])
    if name == "statuscategory":
        return _chosen(clause, lambda issue: _category(site, issue), _categories())
    fields = find_fields(site, clause.field)
    return _any_of([_field(site, field, clause, account) for field in fields])


def _any_of(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda issue: any(test(issue) for test in tests)


def _field(site: Site, field: Field, clause: Clause, account: Account | None) -> Test:
    if clause.operator in ("is", "is not"):
        empty = clause.operator == "is"
        # Zero is a value.
        return lambda issue: (site.value(issue, field.id) in (None, "", [])) == empty
    if field.kind == "user":
        return _users(site, field, clause, account)
    tester = TESTERS.get(field.kind)
    return tester(site, field, clause) if tester else _unsupported(clause)


def _labels(site: Site, field: Field, clause: Clause) -> Test:
    return _chosen(clause, lambda issue: site.value(issue, field.id) or [], {})


def _choices(site: Site, field: Field, clause: Clause) -> Test:
    return _chosen(clause, _options(site, field), _option_names(field))


def _built_in(site: Site, field: Field, clause: Clause) -> Test:
    return _chosen(clause, _options(site, field), _names(site, field.kind))


def _unsupported(clause: Clause) -> Test:
    raise JqlError(
        f"The operator '{clause.operator}' is not supported by the "
        f"'{clause.field}' field."
    )


def _chosen(clause: Clause, values: Values, names: Mapping[str, str]) -> Test:
    """Test values that are one of a known few; `names` turns what is said into ids.

    No names at all means that anything may be said, as with labels.
    """
    if clause.operator in ("is", "is not"):
        empty = clause.operator == "is"
        return lambda issue: (not values(issue)) == empty
    if clause.operator not in (*EQUAL, *UNEQUAL):
        return _unsupported(clause)
    wanted = set()
    for said in _plain(clause):
        known = names.get(said.casefold(), said)
        if names and said.casefold() not in names:
            raise JqlError(
                f"The value '{said}' does not exist for the field '{clause.field}'."
            )
        wanted.add(known)
    if clause.operator in EQUAL:
        return lambda issue: not wanted.isdisjoint(values(issue))
    # An issue without a value matches no `!=`, as in Jira.
    return lambda issue: bool(v := values(issue)) and wanted.isdisjoint(v)


def _plain(clause: Clause) -> list[str]:
    for operand in clause.operands:
        if isinstance(operand, Call):
            raise JqlError(f"Unable to find JQL function '{operand.name}()'.")
    return [operand for operand in clause.operands if isinstance(operand, str)]


def _key(site: Site, clause: Clause) -> Test:
    if clause.operator not in COMPARED:
        return _unsupported(clause)
    wanted: list[Issue] = []
    for said in _plain(clause):
        issue = site.find(said)
        if issue is None:
            raise JqlError(
                f"An issue with key '{said}' does not exist for field '{clause.field}'."
            )
        wanted.append(issue)
    ids = {issue.id for issue in wanted}
    if clause.operator in EQUAL:
        return lambda issue: issue.id in ids
    if clause.operator in UNEQUAL:
        return lambda issue: issue.id not in ids
    project, number = key_order(wanted[0])
    compare = _comparison(clause.operator)
    return lambda issue: (
        key_order(issue)[0] == project and compare(key_order(issue)[1], number)
    )


def key_order(issue: Issue) -> tuple[str, int]:
    """Give what keys sort by: project, then number."""
    project, _, number = issue.key.rpartition("-")
    return project, int(number)


def _category(site: Site, issue: Issue) -> list[str]:
    return [site.status(issue.values["status"]).category]


def _categories() -> dict[str, str]:
    names: dict[str, str] = {}
    for key, (number, name, _) in CATEGORIES.items():
        names |= {key: key, str(number): key, name.casefold(): key}
    return names


def _names(site: Site, kind: str) -> dict[str, str]:
    if kind == "project":
        return {
            said.casefold(): project.id
            for project in site.projects.values()
            for said in (project.name, project.id, project.key)
        }
    choices = {
        "issuetype": site.issue_types,
        "priority": site.priorities,
        "resolution": site.resolutions,
        "status": [Named(status.id, status.name) for status in site.statuses],
    }[kind]
    return {
        said.casefold(): choice.id
        for choice in choices
        for said in (choice.id, choice.name)
    }


def _options(site: Site, field: Field) -> Values:
    def chosen(issue: Issue) -> list[str]:
        value = site.value(issue, field.id)
        listed = value if isinstance(value, list) else [value]
        return [option for option in listed if option]

    return chosen


def _option_names(field: Field) -> dict[str, str]:
    options = [*field.options, *(c for o in field.options for c in o.children)]
    by_id = {option.id: option.id for option in options}
    return by_id | {option.value.casefold(): option.id for option in options}


def _users(site: Site, field: Field, clause: Clause, account: Account | None) -> Test:
    names = {
        said.casefold(): known.account_id
        for known in site.accounts
        for said in (known.display_name, known.email, known.account_id)
        if said
    }
    said: list[Operand] = []
    for operand in clause.operands:
        if isinstance(operand, Call) and operand.name.casefold() == "currentuser":
            said.append(account.account_id if account else "")
            names.setdefault("", "")
        else:
            said.append(operand)
    asked = Clause(clause.field, clause.operator, tuple(said))
    return _chosen(
        asked,
        lambda issue: [user] if (user := site.value(issue, field.id)) else [],
        names,
    )


def _contains(site: Site, field: Field, clause: Clause) -> Test:
    if clause.operator not in ("~", "!~"):
        return _unsupported(clause)
    patterns = [word_patterns(said) for said in _plain(clause)]
    wanted = clause.operator == "~"

    def test(issue: Issue) -> bool:
        text = str(site.value(issue, field.id) or "")
        return all(p.search(text) for group in patterns for p in group) == wanted

    return test


def _numbers(site: Site, field: Field, clause: Clause) -> Test:
    if clause.operator not in COMPARED:
        return _unsupported(clause)
    wanted = []
    for said in _plain(clause):
        try:
            wanted.append(float(said))
        except ValueError as error:
            raise JqlError(
                f"Value '{said}' is invalid for the '{clause.field}' field. "
                "A value of type 'number' is expected."
            ) from error

    def value(issue: Issue) -> Any:
        if field.kind == "number":
            return site.value(issue, field.id)
        key = "original" if field.id == "timeoriginalestimate" else "remaining"
        return (issue.values.get("timetracking") or {}).get(key)

    return _compared(clause, value, wanted)


def _moments(site: Site, field: Field, clause: Clause) -> Test:
    if clause.operator not in COMPARED:
        return _unsupported(clause)
    wanted = [read_moment(site.now(), operand, clause) for operand in clause.operands]

    def value(issue: Issue) -> datetime | None:
        kept = site.value(issue, field.id)
        if kept is None:
            return None
        moment = read_stamp(kept)
        # JQL counts in minutes.
        return moment.replace(second=0, microsecond=0)

    return _compared(clause, value, wanted)


def _compared(clause: Clause, value: Callable[[Issue], Any], wanted: list[Any]) -> Test:
    compare = _comparison(clause.operator)

    def test(issue: Issue) -> bool:
        kept = value(issue)
        if kept is None:
            return False
        if clause.operator in UNEQUAL:
            return kept not in wanted
        return any(compare(kept, one) for one in wanted)

    return test


def _comparison(operator: str) -> Callable[[Any, Any], bool]:
    return {
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
    }.get(operator, lambda a, b: a == b)


TESTERS: Final[Mapping[str, Callable[[Site, Field, Clause], Test]]] = {
    **dict.fromkeys(("summary", "text", "textarea"), _contains),
    **dict.fromkeys(("number", "seconds"), _numbers),
    **dict.fromkeys(("date", "datetime"), _moments),
    **dict.fromkeys(
        ("select", "radio", "multiselect", "checkboxes", "cascading"), _choices
    ),
    **dict.fromkeys(
        ("issuetype", "status", "priority", "resolution", "project"), _built_in
    ),
    "labels": _labels,
}
