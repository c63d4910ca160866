"""Read what was noted beside a backlog: factors, insights, experiments."""

from itertools import islice

from app.work.copying import MOST_NOTES, Copying, TooManyIssuesError
from app.work.slimming import slim
from connectors.errors import RefusedError, UnauthorizedError
from scoring.item import Issue


def read_evidence_parts(copying: Copying) -> dict[str, str]:
    """Copy each kind of evidence whole; answer what could not be read, and why.

    A search that is refused costs only its own pages.
    """
    troubles: dict[str, str] = {}
    for part, jql in copying.notes.items():
        try:
            found = _search(copying, jql)
        except UnauthorizedError:
            raise
        except (RefusedError, TooManyIssuesError) as error:
            found = []
            troubles[part] = str(error)
        _replace(copying, part, found)
    return troubles


def _search(copying: Copying, jql: str) -> list[Issue]:
    came = copying.jira.search(jql, fields=copying.fields)
    found = [slim(issue) for issue in islice(came, MOST_NOTES + 1)]
    if len(found) > MOST_NOTES:
        raise TooManyIssuesError(jql, MOST_NOTES)
    return found


def _replace(copying: Copying, part: str, found: list[Issue]) -> None:
    backlog, seen = copying.backlog.id, {issue.id for issue in found}
    with copying.writing() as connection:
        known = copying.copies.places(connection, backlog, part)
        gone = [place.id for place in known if place.id not in seen]
        copying.copies.drop(connection, backlog, part, gone)
        copying.copies.put(connection, backlog, part, found)
