"""What a check found: pure values, the same for the command and for REST."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final, Literal

Status = Literal["ok", "warn", "fail"]
Cause = Literal["", "configuration", "unreachable"]

OK_CODE: Final = 0
FAILED: Final = 1
CONFIGURATION: Final = 3
UNAVAILABLE: Final = 4
_ORDER: Final = ("ok", "warn", "fail")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, why that matters, what to do next.

    `check` is a stable word for programs, `on` what it is about, such as
    `sites/harbour`. `cause` tells failures that are no fault of a site's set-up.
    """

    check: str
    on: str
    status: Status
    what: str
    why: str = ""
    next: str = ""
    cause: Cause = ""


def worst(findings: Iterable[Finding]) -> Status:
    """Name the worst of all states; ok where there is nothing."""
    found = (one.status for one in findings)
    return max(found, key=_ORDER.index, default="ok")


def exit_code(findings: Sequence[Finding]) -> int:
    """Say how a command ends: a wrong configuration goes before all else."""
    failed = {one.cause for one in findings if one.status == "fail"}
    if "configuration" in failed:
        return CONFIGURATION
    if "unreachable" in failed:
        return UNAVAILABLE
    return FAILED if failed else OK_CODE


def report(findings: Sequence[Finding], *, at: datetime) -> dict[str, Any]:
    """Write findings as one object; its shape is kept from version to version."""
    return {
        "status": worst(findings),
        "at": at.isoformat().replace("+00:00", "Z"),
        "version": version("cd3"),
        "findings": [asdict(one) for one in findings],
    }
