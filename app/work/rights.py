"""Ask Jira for one right: it is held, missing, or not told."""

from connectors.clients import AnyJira
from connectors.errors import NotGrantedError, RefusedError, UnauthorizedError

BAD_REQUEST = 400


def holds(jira: AnyJira, right: str, project: str) -> bool | None:
    """Say whether we hold a right in a project; nothing where Jira does not tell.

    That is where its version does not know the right's name, or the credential is not
    good for the question. A project that Jira does not show us at all gives none.
    """
    try:
        return jira.permissions([right], project).get(right)
    except UnauthorizedError:
        raise
    except NotGrantedError:
        return None
    except RefusedError as error:
        return None if error.status == BAD_REQUEST else False
