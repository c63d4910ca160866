"""A field's value as a person reads and types it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from connectors.sandbox.adf import document_of
from connectors.sandbox.answers import AnswerError
from connectors.sandbox.durations import write_duration
from connectors.sandbox.fields import Field
from connectors.sandbox.model import Issue
from connectors.sandbox.state import Site

NUMBERS: Final = frozenset({"number", "seconds"})
_CHOICES: Final = frozenset(
    {"select", "radio", "cascading", "user", "priority", "issuetype", "status"}
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: what is shown, what an input holds, and of which sort the input is.

    `input` is `number`, `text`, `date`, `choice`, or empty where nobody may edit.
    """

    field: str
    name: str
    shown: str
    value: str
    input: str


def cell(site: Site, field: Field, issue: Issue) -> Cell:
    """Make the cell of one field of an issue."""
    kept = site.value(issue, field.id)
    shown = _shown(site, field, kept)
    value = _choice(field, kept) if field.kind in _CHOICES else shown
    if field.kind in NUMBERS:
        value = "" if kept is None else repr(kept)
    return Cell(field.id, field.name, shown, value, _input(field))


def _input(field: Field) -> str:
    if field.kind == "status":
        return "choice"
    if not field.settable:
        return ""
    if field.kind in _CHOICES:
        return "choice"
    if field.kind == "date":
        return "date"
    return "number" if field.kind in NUMBERS else "text"


def choices(site: Site, field: Field) -> list[tuple[str, str]]:
    """List what may be chosen: the value that is sent, and the words."""
    if field.kind in ("select", "radio"):
        return [(option.id, option.value) for option in field.options]
    if field.kind == "cascading":
        return [
            (_pair(parent.id, child.id if child else None), words)
            for parent in field.options
            for child, words in [
                (None, parent.value),
                *((one, f"{parent.value} / {one.value}") for one in parent.children),
            ]
        ]
    if field.kind == "user":
        return [(one.account_id, one.display_name) for one in site.accounts]
    if field.kind == "status":
        return [(one.id, one.name) for one in site.statuses]
    named = {"priority": site.priorities, "issuetype": site.issue_types}
    return [(one.id, one.name) for one in named.get(field.kind, [])]


def entered(site: Site, field: Field, text: str) -> Any:
    """Turn what a person typed into the value that the site's REST takes."""
    text = text.strip()
    if not text and field.kind != "summary":
        return [] if field.kind == "labels" else None
    if field.kind == "number":
        return _number(text)
    if field.kind in ("select", "radio", "priority", "issuetype"):
        return {"id": text}
    if field.kind == "cascading":
        parent, _, child = text.partition("/")
        return {"id": parent, **({"child": {"id": child}} if child else {})}
    if field.kind == "user":
        return _person(site, text)
    return _written(site, field, text)


def _person(site: Site, account_id: str) -> Any:
    account = site.accounts.find(account_id)
    if account is None or site.flavour.is_cloud:
        return {"accountId": account_id}
    return {"name": account.name}


def _written(site: Site, field: Field, text: str) -> Any:
    if field.kind == "labels":
        return text.split()
    if field.kind in ("multiselect", "checkboxes"):
        return [{"value": part.strip()} for part in text.split(",") if part.strip()]
    if field.kind == "textarea":
        return document_of(text) if site.flavour.is_cloud else text
    if field.kind == "timetracking":
        return {"originalEstimate": text}
    return text


def _number(text: str) -> float | int:
    plain = text.replace("\u202f", "").replace(" ", "").replace("_", "")
    try:
        number = float(plain)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise AnswerError(
            400, f"«{text}» is not a number; write digits, with a point for decimals."
        )
    return int(number) if number.is_integer() else number


def _shown(site: Site, field: Field, kept: Any) -> str:
    if kept in (None, "", []):
        return ""
    if field.kind in NUMBERS:
        return figure(kept)
    if field.kind in _CHOICES:
        wanted = _choice(field, kept)
        return next((words for one, words in choices(site, field) if one == wanted), "")
    return _listed(field, kept)


def _listed(field: Field, kept: Any) -> str:
    if field.kind in ("multiselect", "checkboxes"):
        chosen = [field.option(one) for one in kept]
        return ", ".join(one.value for one in chosen if one)
    if field.kind == "labels":
        return " ".join(kept)
    if field.kind == "timetracking":
        return _time(kept)
    return str(kept)


def _time(kept: Mapping[str, int]) -> str:
    return write_duration(kept["original"]) if "original" in kept else ""


def _choice(field: Field, kept: Any) -> str:
    if kept is None:
        return ""
    return _pair(*kept) if field.kind == "cascading" else str(kept)


def _pair(parent: str | None, child: str | None) -> str:
    return f"{parent}/{child}" if child else str(parent)


def figure(number: float) -> str:
    """Write a number with thin spaces between thousands, at most two decimals."""
    text = f"{number:,.2f}".rstrip("0").rstrip(".")
    return text.replace(",", "\u202f")
