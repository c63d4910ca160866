"""Field values: what may be set, how it is kept, and how Jira words a refusal.

Kept: numbers as numbers, texts as text, options, users, priorities and types by id,
several options as a list of ids, a cascading pair as `[parent, child or None]`, time
tracking as `{"original": seconds, "remaining": seconds}`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any, Final

from connectors.sandbox.adf import is_document, text_of
from connectors.sandbox.clock import read_stamp, stamp
from connectors.sandbox.durations import read_duration
from connectors.sandbox.fields import Field
from connectors.sandbox.model import Named
from connectors.sandbox.state import Site

LONGEST_LINE: Final = 255
LONGEST_TEXT: Final = 32_767
LARGEST: Final = 1e14  # a number field's limit

Reader = Callable[[Site, Field, Any], Any]


class ValueRefusedError(Exception):
    """Jira does not take this value; the message is Jira's."""


def read_value(site: Site, field: Field, value: Any) -> Any:
    """Turn a value as sent to REST into what is kept."""
    if value is None and field.kind not in {"summary", "issuetype"}:
        return [] if field.kind == "labels" else None
    return READERS[field.kind](site, field, value)


def _number(_site: Site, _field: Field, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueRefusedError("Operation value must be a number")
    if not isfinite(value) or abs(value) > LARGEST:
        raise ValueRefusedError("Operation value is out of range")
    return value


def _summary(_site: Site, _field: Field, value: Any) -> str:
    text = _string(value).strip()
    if not text:
        raise ValueRefusedError("You must specify a summary of the issue.")
    if "\n" in text or "\r" in text:
        raise ValueRefusedError(
            "The summary is invalid because it contains newline characters."
        )
    if len(text) > LONGEST_LINE:
        raise ValueRefusedError("Summary must be less than 255 characters.")
    return text


def _text(_site: Site, _field: Field, value: Any) -> str | None:
    text = _string(value)
    if len(text) > LONGEST_LINE:
        raise ValueRefusedError(
            "The entered text is too long. "
            "It exceeds the allowed limit of 255 characters."
        )
    return text or None


def _textarea(site: Site, _field: Field, value: Any) -> str | None:
    text = _document(value) if site.flavour.is_cloud else _string(value)
    if len(text) > LONGEST_TEXT:
        raise ValueRefusedError(
            "The entered text is too long. "
            "It exceeds the allowed limit of 32,767 characters."
        )
    return text or None


def _document(value: Any) -> str:
    if not is_document(value):
        raise ValueRefusedError(
            "Operation value must be an Atlassian Document "
            "(see the Atlassian Document Format)"
        )
    return text_of(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueRefusedError("Operation value must be a string")
    return value


def _labels(_site: Site, _field: Field, value: Any) -> list[str]:
    labels = [_string(label) for label in _list(value)]
    for label in labels:
        if any(map(str.isspace, label)):
            raise ValueRefusedError(
                f"The label '{label}' contains spaces which is invalid."
            )
        if len(label) > LONGEST_LINE:
            raise ValueRefusedError(
                f"The label '{label}' exceeds the maximum length of 255 characters."
            )
    return sorted(set(labels))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueRefusedError("data was not an array")
    return value


def _option(_site: Site, field: Field, value: Any) -> str:
    if not isinstance(value, Mapping) or not {"id", "value"} & value.keys():
        raise ValueRefusedError("Specify a valid 'id' or 'name' for the option")
    wanted = value.get("id", value.get("value"))
    option = field.option(wanted)
    if option is None:
        raise ValueRefusedError(f"Option id '{wanted}' is not valid")
    return option.id


def _options(site: Site, field: Field, value: Any) -> list[str] | None:
    chosen = {_option(site, field, element) for element in _list(value)}
    return [option.id for option in field.options if option.id in chosen] or None


def _cascading(site: Site, field: Field, value: Any) -> list[str | None]:
    parent_id = _option(site, field, value)
    parent = field.option(parent_id)
    wanted = value.get("child")
    if wanted is None or parent is None:
        return [parent_id, None]
    named = wanted.get("id", wanted.get("value")) if isinstance(wanted, dict) else None
    child = parent.child(named)
    if child is None:
        raise ValueRefusedError(
            f"The option '{named}' is an invalid child option of '{parent.value}'"
        )
    return [parent_id, child.id]


def _date(_site: Site, _field: Field, value: Any) -> str:
    text = _string(value)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ValueRefusedError(
            "Operation value must be a date in the format 'yyyy-MM-dd'"
        ) from error


def _datetime(_site: Site, _field: Field, value: Any) -> str:
    text = _string(value)
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueRefusedError(f"Error parsing date string: {text}") from error
    return stamp(read_stamp(text))


def _user(site: Site, field: Field, value: Any) -> str | None:
    if not site.flavour.is_cloud:
        return _named_user(site, field, value)
    wanted = value.get("accountId", value.get("id")) if isinstance(value, dict) else ""
    if isinstance(value, dict) and wanted is None:
        return None
    account = site.accounts.find(wanted)
    if account is None:
        raise ValueRefusedError(
            f"Account id '{wanted}' does not exist, or is not an accountId"
        )
    return account.account_id


def _named_user(site: Site, _field: Field, value: Any) -> str | None:
    """Read a user as a Data Center takes one: by name or key."""
    given = value if isinstance(value, dict) else {}
    wanted = given.get("name", given.get("key", ""))
    if wanted is None:
        return None
    account = site.accounts.named(wanted)
    if account is None:
        raise ValueRefusedError(f"User '{wanted}' does not exist.")
    return account.account_id


def _priority(site: Site, _field: Field, value: Any) -> str:
    return _named(site.priorities, value, "The priority selected is invalid.")


def _issue_type(site: Site, _field: Field, value: Any) -> str:
    return _named(site.issue_types, value, "Specify a valid issue type")


def _named(choices: list[Named], value: Any, refusal: str) -> str:
    for choice in choices:
        if isinstance(value, Mapping) and (
            choice.id == value.get("id") or choice.name == value.get("name")
        ):
            return choice.id
    raise ValueRefusedError(refusal)


def _time_tracking(_site: Site, _field: Field, value: Any) -> dict[str, int] | None:
    if not isinstance(value, Mapping):
        raise ValueRefusedError("Operation value must be an object")
    kept = {}
    for name, key in (
        ("originalEstimate", "original"),
        ("remainingEstimate", "remaining"),
    ):
        if value.get(name) is None:
            continue
        seconds = read_duration(str(value[name]))
        if seconds is None:
            raise ValueRefusedError(
                f"'{value[name]}' is not a valid time duration for {name}."
            )
        kept[key] = seconds
    return kept or None


READERS: Final[Mapping[str, Reader]] = {
    "number": _number,
    "summary": _summary,
    "text": _text,
    "textarea": _textarea,
    "labels": _labels,
    "select": _option,
    "radio": _option,
    "multiselect": _options,
    "checkboxes": _options,
    "cascading": _cascading,
    "date": _date,
    "datetime": _datetime,
    "user": _user,
    "priority": _priority,
    "issuetype": _issue_type,
    "timetracking": _time_tracking,
}
