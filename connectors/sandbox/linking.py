"""Links between issues, made and removed."""

from collections.abc import Mapping
from typing import Any

from connectors.sandbox.accounts import Account
from connectors.sandbox.answers import AnswerError
from connectors.sandbox.clock import stamp
from connectors.sandbox.edits import allow, visible_issue
from connectors.sandbox.events import announce_link
from connectors.sandbox.model import Link, LinkType
from connectors.sandbox.state import Site


def find_link_type(site: Site, said: Mapping[str, Any]) -> LinkType:
    """Find a link type by id or name."""
    for link_type in site.link_types:
        if (
            link_type.id == str(said.get("id"))
            or link_type.name.casefold() == str(said.get("name", "")).casefold()
        ):
            return link_type
    wanted = said.get("name", said.get("id"))
    raise AnswerError(404, f"No issue link type with name '{wanted}' found.")


def link_issues(
    site: Site, account: Account, link_type: LinkType, source: str, target: str
) -> Link:
    """Link two issues: `source` «outward phrase» `target`; a second time is no news.

    REST calls the source `inwardIssue`: seen from the target it is the inward end.
    """
    with site.changing():
        ends = [visible_issue(site, account, key) for key in (source, target)]
        for issue in ends:
            allow(account, "LINK_ISSUES", issue.project, "link issues in this project")
        if ends[0] is ends[1]:
            raise AnswerError(400, "You cannot link an issue to itself.")
        for link_id in site.links_of.get(ends[0].id, ()):
            held = site.links[link_id]
            if (held.type, held.source, held.target) == (
                link_type.id,
                ends[0].id,
                ends[1].id,
            ):
                return held
        number = str(site.next("link", 10_001))
        link = Link(number, link_type.id, ends[0].id, ends[1].id)
        site.add_link(link)
        _touch(site, link)
        announce_link(site, account, link, link_type, "issuelink_created")
        return link


def visible_link(site: Site, account: Account, link_id: str) -> Link:
    """Give a link of which the account sees both ends."""
    link = site.links.get(link_id)
    if link is None or not all(
        account.may("BROWSE_PROJECTS", site.issues[end].project)
        for end in (link.source, link.target)
    ):
        raise AnswerError(404, f"No issue link with id '{link_id}' exists.")
    return link


def unlink_issues(site: Site, account: Account, link_id: str) -> None:
    """Remove a link."""
    with site.changing():
        link = visible_link(site, account, link_id)
        project = site.issues[link.source].project
        allow(account, "LINK_ISSUES", project, "link issues in this project")
        link_type = next(kind for kind in site.link_types if kind.id == link.type)
        announce_link(site, account, link, link_type, "issuelink_deleted")
        _touch(site, link)
        site.remove_link(link)


def _touch(site: Site, link: Link) -> None:
    # Jira writes a link into the history of both issues, without an event of theirs.
    for issue_id in (link.source, link.target):
        site.issues[issue_id].values["updated"] = stamp(site.now())
