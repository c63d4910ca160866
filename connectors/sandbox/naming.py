"""What the words of a query mean: fields by id, by `cf[n]` or by name."""

import re
from collections.abc import Mapping
from typing import Final

from connectors.sandbox.fields import Field
from connectors.sandbox.jql import JqlError
from connectors.sandbox.state import Site

ALIASES: Final[Mapping[str, str]] = {
    "issuekey": "key",
    "issue": "key",
    "id": "key",
    "type": "issuetype",
    "due": "duedate",
    "resolved": "resolutiondate",
    "createddate": "created",
    "updateddate": "updated",
    "originalestimate": "timeoriginalestimate",
    "remainingestimate": "timeestimate",
}


def find_fields(site: Site, word: str) -> list[Field]:
    """Find the fields that a word in a query means: id, `cf[n]` or name."""
    name = word.casefold()
    name = ALIASES.get(name, name)
    if numbered := re.fullmatch(r"cf\[(\d+)\]", name):
        name = f"customfield_{numbered[1]}"
    if name in site.fields:
        return [site.fields[name]]
    named = [f for f in site.fields.values() if f.custom and f.name.casefold() == name]
    if not named:
        raise JqlError(
            f"Field '{word}' does not exist or you do not have permission to view it."
        )
    return named


def word_patterns(said: str) -> list[re.Pattern[str]]:
    """Give one pattern a word; words inside quotes must stand side by side."""
    phrase = re.fullmatch(r'\s*"(.*)"\s*', said)
    words = [phrase[1]] if phrase else re.findall(r"[\w*?]+", said)
    patterns = []
    for word in words:
        body = re.escape(word).replace(r"\*", r"\w*").replace(r"\?", r"\w")
        patterns.append(re.compile(rf"\b{body}\b", re.IGNORECASE))
    return patterns
