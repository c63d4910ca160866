"""JQL answered: which issues a query finds, and in which order."""

from collections.abc import Callable, Iterable
from typing import Any

from connectors.sandbox.accounts import Account
from connectors.sandbox.conditions import Test, key_order, test_of
from connectors.sandbox.fields import RANK, Field
from connectors.sandbox.jql import Clause, Condition, Query, read_jql
from connectors.sandbox.model import Issue
from connectors.sandbox.naming import ALIASES, find_fields
from connectors.sandbox.state import Site


def find_issues(
    site: Site,
    jql: str,
    *,
    account: Account | None = None,
    among: Iterable[Issue] | None = None,
) -> list[Issue]:
    """Find the issues of a query that the account may see, in the query's order.

    Without an order of its own a query answers in rank order, as boards do.
    """
    return answer_query(site, read_jql(jql), account=account, among=among)


def answer_query(
    site: Site,
    query: Query,
    *,
    account: Account | None = None,
    among: Iterable[Issue] | None = None,
) -> list[Issue]:
    """Find the issues of a query that has been read."""
    asks = _compile(site, query.where, account) if query.where else _always
    found = [
        issue
        for issue in (site.in_rank_order() if among is None else among)
        if not issue.archived
        and (account is None or account.may("BROWSE_PROJECTS", issue.project))
        and asks(issue)
    ]
    return _sorted(site, query, found)


def is_bounded(jql: str) -> bool:
    """Say whether a query restricts anything at all."""
    return read_jql(jql).where is not None


def _always(_issue: Issue) -> bool:
    return True


def _compile(site: Site, condition: Condition, account: Account | None) -> Test:
    if isinstance(condition, Clause):
        return test_of(site, condition, account)
    tests = [_compile(site, part, account) for part in condition.parts]
    if condition.word == "and":
        return lambda issue: all(test(issue) for test in tests)
    return lambda issue: any(test(issue) for test in tests)


def _sorted(site: Site, query: Query, found: list[Issue]) -> list[Issue]:
    if not query.order:
        return sorted(found, key=lambda issue: site.ranks.of(issue.id))
    for word, down in reversed(query.order):
        key = _sort_key(site, word)
        held = [issue for issue in found if key(issue) is not None]
        bare = [issue for issue in found if key(issue) is None]
        held.sort(key=key, reverse=down)
        found = held + bare
    return found


def _sort_key(site: Site, word: str) -> Callable[[Issue], Any]:
    name = ALIASES.get(word.casefold(), word.casefold())
    if name == "key":
        return key_order
    field = find_fields(site, word)[0]
    if field.id == RANK:
        return lambda issue: site.ranks.of(issue.id)
    if field.kind in ("priority", "select", "radio"):
        return _by_place(site, field)
    return lambda issue: (
        None if (v := site.value(issue, field.id)) is None else _text_or_number(v)
    )


def _text_or_number(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value).casefold()


def _by_place(site: Site, field: Field) -> Callable[[Issue], Any]:
    """Sort choices by their place in the list; the first priority is the highest."""
    if field.kind == "priority":
        places = {p.id: -n for n, p in enumerate(site.priorities)}
    else:
        places = {option.id: n for n, option in enumerate(field.options)}
    return lambda issue: places.get(site.value(issue, field.id))
