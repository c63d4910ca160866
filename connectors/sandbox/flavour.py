"""Which kind of site is pretended: a Cloud, or a Data Center of some version."""

from dataclasses import dataclass
from typing import Final, Literal, Self

Version = Literal[2, 3]


@dataclass(frozen=True, slots=True)
class Flavour:
    """A kind of site and what it says of its version.

    `most_found` is what a Data Center gives of a search at once, at most: its property
    `jira.search.views.default.max`. Without `tells_hooks` a Data Center from 10 on does
    not read back what stands in a webhook's `configuration`: nobody has confirmed that
    the real one does.
    """

    version: str
    is_cloud: bool
    most_found: int = 1000
    tells_hooks: bool = True

    @property
    def numbers(self) -> list[int]:
        """The version's numbers."""
        return [int(part) for part in self.version.partition("-")[0].split(".")]

    @property
    def api(self) -> Version:
        """The newest version of Jira's platform API that the site has."""
        return 3 if self.is_cloud else 2

    @property
    def base(self) -> str:
        """Where that API stands."""
        return f"/rest/api/{self.api}"

    @property
    def has_new_webhooks(self) -> bool:
        """Say whether webhooks are administered where Data Center 10 has them."""
        return not self.is_cloud and self.numbers[0] >= 10  # noqa: PLR2004 - Jira's version

    @classmethod
    def data_center(cls, version: str, *, most_found: int = 1000) -> Self:
        """Make a Data Center of a version such as `9.12.5`."""
        return cls(version, is_cloud=False, most_found=most_found)


CLOUD: Final = Flavour("1001.0.0-SNAPSHOT", is_cloud=True)
