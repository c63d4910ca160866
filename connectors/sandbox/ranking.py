"""Ranking up to fifty issues before or after another, with Jira's partial answers."""

from collections.abc import Sequence
from typing import Any, Final

from connectors.sandbox.accounts import Account
from connectors.sandbox.answers import INVISIBLE, AnswerError
from connectors.sandbox.clock import stamp
from connectors.sandbox.events import Told, announce_issue
from connectors.sandbox.history import rank_item
from connectors.sandbox.model import Issue
from connectors.sandbox.ranks import Place
from connectors.sandbox.state import Site

MOST: Final = 50


def rank_issues(
    site: Site, account: Account, keys: Sequence[str], anchor: str, place: Place
) -> list[dict[str, Any]] | None:
    """Put issues, in the given order, right before or after the anchor.

    `None` means that all were ranked; otherwise one entry an issue says what came of
    it. Nothing is ranked where the anchor or a permission is missing.
    """
    if not 1 <= len(keys) <= MOST:
        raise AnswerError(400, f"You must rank at least 1 and at most {MOST} issues.")
    with site.changing():
        if "SCHEDULE_ISSUES" not in account.permissions:
            raise AnswerError(403, "You do not have permission to rank issues.")
        end = _visible(site, account, anchor)
        if end is None:
            raise AnswerError(400, INVISIBLE)
        found = [(key, _visible(site, account, key)) for key in keys]
        issues = [issue for _, issue in found if issue is not None]
        if not all(account.may("SCHEDULE_ISSUES", one.project) for one in issues):
            raise AnswerError(403, "You do not have permission to rank issues.")
        if end in issues or len({issue.id for issue in issues}) < len(issues):
            raise AnswerError(400, "An issue cannot be ranked relative to itself.")
        if not issues:
            raise AnswerError(400, INVISIBLE)
        _rank(site, account, issues, end, place)
        if len(issues) == len(keys):
            return None
        return [_entry(key, issue) for key, issue in found]


def _visible(site: Site, account: Account, key: str) -> Issue | None:
    issue = site.find(key)
    if issue is None or not account.may("BROWSE_PROJECTS", issue.project):
        return None
    return None if issue.archived else issue


def _rank(
    site: Site, account: Account, issues: list[Issue], anchor: Issue, place: Place
) -> None:
    for issue in issues:
        direction = site.ranks.put(issue.id, anchor.id, place)
        if place == "after":
            anchor = issue
        if direction is None:
            continue
        issue.values["updated"] = stamp(site.now())
        told = Told("jira:issue_updated", "issue_updated", [rank_item(direction)])
        announce_issue(site, account, issue, told)


def _entry(key: str, issue: Issue | None) -> dict[str, Any]:
    if issue is None:
        return {"issueKey": key, "status": 404, "errors": [INVISIBLE]}
    return {"issueId": int(issue.id), "issueKey": issue.key, "status": 200}
