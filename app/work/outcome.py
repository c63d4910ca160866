"""What came of one rescore, in words that the books keep."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """One write that Jira refused, and why."""

    key: str
    what: str
    reason: str


@dataclass(slots=True)
class Outcome:
    """How far a plan came: issues moved, fields written, and what was refused."""

    moved: int = 0
    rank_calls: int = 0
    written: int = 0
    refused: list[Refusal] = field(default_factory=list)
    # What the site does not let us do at all, with why: fields, projects.
    barred: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Write it as the books keep it."""
        return asdict(self)

    @property
    def state(self) -> str:
        """Name the plan's state that this makes: all, some or none of it applied."""
        if not self.refused and not self.barred and not self.reason:
            return "applied"
        return "partly_applied" if self.moved or self.written else "failed"
