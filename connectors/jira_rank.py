"""What both kinds of Jira have in common: the field of the rank, and how to say a move.

The body of a move is the same on both:
https://developer.atlassian.com/cloud/jira/software/rest/api-group-issue/ and
https://docs.atlassian.com/jira-software/REST/9.12.0/.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from connectors.errors import RefusedError
from connectors.jira_answers import rank_field_of
from scoring.plan import Move
from scoring.reading.fields import JiraField

MOST_RANKED: Final = 50
# Every issue is read with these, whatever else is asked for.
_ALWAYS: Final = ("summary", "status", "updated")


class Ranked:
    """A Jira whose issues may have a rank; once told, it knows the rank's field."""

    def fields(self) -> tuple[JiraField, ...]:
        """List all fields."""
        raise NotImplementedError

    @cached_property
    def rank_field(self) -> str:
        """The id of the LexoRank field, or nothing where Jira Software is not there."""
        return rank_field_of(self.fields())

    def remember_rank_field(self, field: str) -> None:
        """Take it as it was known before, until the fields are listed again."""
        self.__dict__.setdefault("rank_field", field)

    def _look_for_rank(self, found: Sequence[JiraField]) -> None:
        if rank := rank_field_of(found):
            self.__dict__["rank_field"] = rank

    def _wanted(self, fields: Sequence[str]) -> list[str]:
        rank = [self.rank_field] if self.rank_field else []
        return list(dict.fromkeys([*fields, *_ALWAYS, *rank]))


def write_move(move: Move) -> dict[str, object]:
    """Say a move to Jira, which takes up to 50 issues a call; else RefusedError."""
    if not 0 < len(move.keys) <= MOST_RANKED:
        raise RefusedError(
            f"Jira ranks 1 to {MOST_RANKED} issues a call, not {len(move.keys)}: "
            "split the move."
        )
    place = "rankBeforeIssue" if move.place == "before" else "rankAfterIssue"
    return {"issues": list(move.keys), place: move.anchor}
