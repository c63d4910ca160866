"""The part of a mapping that says which option means which urgency profile."""

from types import MappingProxyType
from typing import Any, Final

from scoring.pointed import Pointed, fold
from scoring.profiles.names import LIFE, PROFILES, SYNONYMS, profile_named
from scoring.roles import ProfileRule
from scoring.urgency import DEADLINE

WORDS: Final = (*PROFILES, *SYNONYMS)


def read_profile_rule(at: Pointed | None, *, dated: bool) -> ProfileRule | None:
    """Read the rule; without a table, the options' own names say the profiles.

    `dated` says that the mapping has a deadline, without which none can be meant.
    """
    if at is None:
        return None
    table = at.maybe_open("table")
    meant = {}
    for option in table.keys() if table else ():
        meant[option] = _word(table, option, dated=dated) if table else ""
    weeks = at.maybe_open("weeks")
    lives = {
        name: weeks.number(name, positive=True)
        for name in LIFE
        if weeks and weeks.has(name)
    }
    return ProfileRule(
        at.text("field"), MappingProxyType(meant), MappingProxyType(lives)
    )


def _word(table: Pointed, option: str, *, dated: bool) -> str:
    word = profile_named(table.choice(option, WORDS)) or PROFILES[0]
    if word == DEADLINE and not dated:
        table.note(option, "missing", "needs a deadline: name its field at /deadline")
    return word


def write_profile_rule(rule: ProfileRule) -> dict[str, Any]:
    """Write the rule as JSON."""
    written: dict[str, Any] = {"field": rule.field}
    if rule.table:
        written["table"] = dict(rule.table)
    if rule.weeks:
        written["weeks"] = dict(rule.weeks)
    return written


def profile_meant(rule: ProfileRule, option: str) -> str | None:
    """Tell which profile an option means; None where nothing says so."""
    if not rule.table:
        return profile_named(option)
    known = {fold(name): meant for name, meant in rule.table.items()}
    return known.get(fold(option))
