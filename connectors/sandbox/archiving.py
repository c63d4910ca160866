"""Archive issues: no search finds them, nobody edits them, a link still shows them."""

from collections.abc import Sequence
from typing import Any, Final

from connectors.sandbox.accounts import Account
from connectors.sandbox.answers import AnswerError
from connectors.sandbox.model import Issue
from connectors.sandbox.state import Site

MOST: Final = 1_000


def archive_issues(
    site: Site, account: Account, keys: Sequence[str], *, archived: bool = True
) -> dict[str, Any]:
    """Archive issues, or take them back; say how many, and which were not found.

    No webhook tells of it: the list of events knows only whole projects.
    """
    if not account.may("ADMINISTER"):
        refusal = "Only admins can archive or unarchive issues. Access denied."
        raise AnswerError(403, refusal)
    with site.changing():
        found = {key: site.find(key) for key in keys[:MOST]}
        issues = [issue for issue in found.values() if issue is not None]
        if not issues:
            refusal = "No valid issue to archive or unarchive. Bad request."
            raise AnswerError(400, refusal)
        for issue in issues:
            issue.archived = archived
            event = "archived" if archived else "unarchived"
            site.note(issue.key, event, (), account.account_id)
    if len(keys) > MOST:
        refusal = (
            "The number of issues to archive or unarchive exceeds the hard limit of "
            f"{MOST}. Precondition failed."
        )
        raise AnswerError(412, refusal)
    lost = [key for key, issue in found.items() if issue is None]
    missing = {
        "issuesNotFound": {
            "count": len(lost),
            "issueIdsOrKeys": lost,
            "message": "Issue not found.",
        }
    }
    return {"numberOfIssuesUpdated": len(issues), "errors": missing if lost else {}}


def require_current(issue: Issue) -> None:
    """Refuse to change an archived issue."""
    if issue.archived:
        raise AnswerError(400, "This issue is archived. You can't edit it.")
