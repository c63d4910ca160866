"""What a Jira site has to map: its fields and its link types."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JiraField:
    """A field as `GET /field` lists it.

    `type`, `items` and `custom_type` are its `schema.type`, `schema.items` and
    `schema.custom`; `scope` is the id of the one project a team-managed field is for.
    """

    id: str
    name: str
    type: str = ""
    items: str = ""
    custom_type: str = ""
    scope: str = ""

    @property
    def kind(self) -> str:
        """Name the type in one word, such as `number` or `array/option`."""
        return f"{self.type}/{self.items}" if self.items else self.type

    @property
    def custom(self) -> bool:
        """Tell a field that an admin made from one of Jira's own."""
        return self.id.startswith("customfield_")

    def __str__(self) -> str:
        """Say what a person needs to choose it: id, name, type, scope."""
        only = f", only in project {self.scope}" if self.scope else ""
        return f"{self.id} «{self.name}» ({self.kind or 'unknown type'}{only})"


@dataclass(frozen=True, slots=True)
class LinkType:
    """A link type as `GET /issueLinkType` lists it, with both its phrases."""

    id: str
    name: str
    inward: str = ""
    outward: str = ""

    def __str__(self) -> str:
        """Say what a person needs to choose it."""
        return f"{self.id} «{self.name}» ({self.outward} / {self.inward})"
