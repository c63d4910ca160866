"""Which fields a site has, of which type, and how Jira describes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

RANK: Final = "customfield_10019"
SPRINT: Final = "customfield_10020"
CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes"
GREENHOPPER = "com.pyxis.greenhopper.jira"

# type in a seed → schema.type, schema.items, schema.custom
CUSTOM_TYPES: Final[Mapping[str, tuple[str, str, str]]] = {
    "number": ("number", "", f"{CUSTOM}:float"),
    "select": ("option", "", f"{CUSTOM}:select"),
    "radio": ("option", "", f"{CUSTOM}:radiobuttons"),
    "multiselect": ("array", "option", f"{CUSTOM}:multiselect"),
    "checkboxes": ("array", "option", f"{CUSTOM}:multicheckboxes"),
    "cascading": ("option-with-child", "", f"{CUSTOM}:cascadingselect"),
    "text": ("string", "", f"{CUSTOM}:textfield"),
    "textarea": ("string", "", f"{CUSTOM}:textarea"),
    "labels": ("array", "string", f"{CUSTOM}:labels"),
    "date": ("date", "", f"{CUSTOM}:datepicker"),
    "datetime": ("datetime", "", f"{CUSTOM}:datetime"),
    "user": ("user", "", f"{CUSTOM}:userpicker"),
    "rank": ("any", "", f"{GREENHOPPER}:gh-lexo-rank"),
    "sprint": ("array", "json", f"{GREENHOPPER}:gh-sprint"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select field; only cascading ones have children."""

    id: str
    value: str
    children: tuple["Option", ...] = ()

    def child(self, wanted: object) -> "Option | None":
        """Find a child by id or by what it says."""
        return next((c for c in self.children if str(wanted) in (c.id, c.value)), None)


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind` is the seed's type, or a built-in one of `BUILT_IN`."""

    id: str
    name: str
    kind: str
    options: tuple[Option, ...] = ()
    settable: bool = True
    required: bool = False
    type: str = ""
    items: str = ""

    @property
    def custom(self) -> bool:
        """Say whether it is a custom field."""
        return self.id.startswith("customfield_")

    @property
    def number(self) -> int:
        """Give the number in a custom field's id."""
        return int(self.id.removeprefix("customfield_"))

    def option(self, wanted: object) -> Option | None:
        """Find an option by id or by what it says."""
        return next((o for o in self.options if str(wanted) in (o.id, o.value)), None)

    def schema(self) -> dict[str, Any]:
        """Describe the type as Jira does."""
        if not self.custom:
            items = {"items": self.items} if self.items else {}
            return {"type": self.type, **items, "system": self.id}
        kind, element, custom = CUSTOM_TYPES[self.kind]
        items = {"items": element} if element else {}
        return {"type": kind, **items, "custom": custom, "customId": self.number}

    def clauses(self) -> list[str]:
        """Name the words by which JQL knows the field."""
        if not self.custom:
            return [self.id]
        return [f"cf[{self.number}]", self.name]

    def described(self) -> dict[str, Any]:
        """Describe the field as `GET /field` does."""
        described = {
            "id": self.id,
            "key": self.id,
            "name": self.name,
            "custom": self.custom,
            "orderable": self.settable,
            "navigable": True,
            "searchable": True,
            "clauseNames": self.clauses(),
        }
        # Jira gives no schema for these two.
        return (
            described if self.kind == "key" else described | {"schema": self.schema()}
        )

    def edited(self, allowed: list[dict[str, Any]] | None) -> dict[str, Any]:
        """Describe the field as edit and create metadata do."""
        listed = CUSTOM_TYPES.get(self.kind, ("", "", ""))[0] == "array"
        several = listed or self.kind == "labels"
        described: dict[str, Any] = {
            "required": self.required,
            "schema": self.schema(),
            "name": self.name,
            "key": self.id,
            "operations": ["add", "set", "remove"] if several else ["set"],
        }
        return described if allowed is None else described | {"allowedValues": allowed}


def _fixed(key: str, name: str, kind: str, type_: str, items: str = "") -> Field:
    return Field(key, name, kind, settable=False, type=type_, items=items)


BUILT_IN: Final = (
    Field("summary", "Summary", "summary", required=True, type="string"),
    Field("issuetype", "Issue Type", "issuetype", required=True, type="issuetype"),
    _fixed("project", "Project", "project", "project"),
    _fixed("status", "Status", "status", "status"),
    Field("priority", "Priority", "priority", type="priority"),
    _fixed("resolution", "Resolution", "resolution", "resolution"),
    Field("labels", "Labels", "labels", type="array", items="string"),
    Field("assignee", "Assignee", "user", type="user"),
    Field("reporter", "Reporter", "user", type="user"),
    Field("description", "Description", "textarea", type="string"),
    Field("duedate", "Due date", "date", type="date"),
    Field("timetracking", "Time tracking", "timetracking", type="timetracking"),
    _fixed("timeoriginalestimate", "Original estimate", "seconds", "number"),
    _fixed("timeestimate", "Remaining Estimate", "seconds", "number"),
    _fixed("created", "Created", "datetime", "datetime"),
    _fixed("updated", "Updated", "datetime", "datetime"),
    _fixed("resolutiondate", "Resolved", "datetime", "datetime"),
    _fixed("issuelinks", "Linked Issues", "issuelinks", "array", "issuelinks"),
    Field(RANK, "Rank", "rank", settable=False),
    Field(SPRINT, "Sprint", "sprint", settable=False),
)


def read_field(entry: Mapping[str, Any]) -> Field:
    """Read a seed's custom field; an unknown type is a `KeyError` naming it."""
    kind = str(entry["type"])
    if kind not in CUSTOM_TYPES:
        raise KeyError(kind)
    return Field(
        id=str(entry["id"]),
        name=str(entry["name"]),
        kind=kind,
        options=tuple(read_option(option) for option in entry.get("options", ())),
    )


def read_option(entry: Mapping[str, Any]) -> Option:
    """Read a seed's option with its children."""
    children = tuple(read_option(child) for child in entry.get("children", ()))
    return Option(str(entry["id"]), str(entry["value"]), children)


def write_field(field: Field) -> dict[str, Any]:
    """Write a custom field in the seed's own words."""
    options = [write_option(option) for option in field.options]
    return {
        "id": field.id,
        "name": field.name,
        "type": field.kind,
        "options": options,
    }


def write_option(option: Option) -> dict[str, Any]:
    """Write an option with its children."""
    children = [write_option(child) for child in option.children]
    return {"id": option.id, "value": option.value, "children": children}
