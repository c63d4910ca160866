"""One fault: what goes wrong, with which requests, how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, TypeGuard

# What each kind may be told, and what it does untold. `applied`: the request is
# carried out before it goes wrong.
KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "latency": {"seconds": 0.1},
    "rate_limited": {"reason": "jira-burst-based", "retry_after": 1, "headers": {}},
    "status": {"status": 503, "retry_after": None, "applied": False},
    "expired": {},
    "scope": {},
    "anonymous": {},
    "partial": {"keys": []},
    "reset": {"at": "start", "applied": False},
    "cut": {"at": "start", "applied": False},
    "silence": {"seconds": 60.0, "applied": False},
    "drip": {"at": "body", "every": 0.5, "applied": False},
    "garbage": {"applied": False},
    "two_lengths": {"applied": False},
    "long_header": {"applied": False},
    "half_json": {"applied": False},
    "empty": {"applied": False},
    "page": {"applied": False},
    "redirect": {"location": "http://169.254.169.254/latest/meta-data/"},
    "bomb": {"megabytes": 100, "applied": False},
    "bad_gzip": {"applied": False},
}
PLACES: Final = ("start", "head", "body")
_MATCH: Final[Mapping[str, Any]] = {
    "method": "",
    "path": "",
    "account": "",
    "skip": 0,
    "times": None,
    "share": 1.0,
}
_HIGHEST: Final = {"seconds": 600.0, "every": 60.0, "megabytes": 1000, "status": 599}


class FaultError(ValueError):
    """A fault is described in a way that cannot be; the message says what could."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with the requests that match.

    `path` may hold `*`; `account` is an id or an e-mail address. The first `skip`
    matching requests go well, then `times` go wrong (`None`: all), of these a `share`.
    """

    kind: str
    method: str = ""
    path: str = ""
    account: str = ""
    skip: int = 0
    times: int | None = None
    share: float = 1.0
    told: Mapping[str, Any] = field(default_factory=dict)

    def concerns(self, method: str, path: str, accounts: tuple[str, ...]) -> bool:
        """Say whether a request is one of those."""
        if self.kind == "partial" and (method, path[-11:]) != ("PUT", "/issue/rank"):
            return False
        return (
            self.method in ("", method)
            and (not self.path or fnmatchcase(path, self.path))
            and (not self.account or self.account in accounts)
        )

    def to_json(self) -> dict[str, Any]:
        """Give the fault as `read_fault` takes it."""
        match = {name: getattr(self, name) for name in _MATCH}
        return {"kind": self.kind, **match, **self.told}


def read_fault(raw: object) -> Fault:
    """Read a fault from JSON; FaultError where it cannot be."""
    if not isinstance(raw, Mapping):
        raise FaultError("a fault is an object with a kind")
    kind = str(raw.get("kind", ""))
    if kind not in KINDS:
        raise FaultError(f"no fault is called {kind!r}, only {', '.join(KINDS)}")
    options = KINDS[kind]
    match = dict(_MATCH)
    told = dict(options)
    for name, value in raw.items():
        if name == "kind":
            continue
        if name not in match and name not in options:
            known = ", ".join([*match, *options])
            raise FaultError(f"{kind} has no {name!r}, only {known}")
        (match if name in match else told)[name] = _checked(kind, name, value)
    match["method"] = match["method"].upper()
    return Fault(kind, told=told, **match)


def parse_fault(text: str) -> dict[str, object]:
    """Take a fault as a command line has it: `kind,name=value,…`."""
    kind, *parts = (part.strip() for part in text.split(","))
    raw: dict[str, object] = {"kind": kind}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals:
            raise FaultError(f"{part!r} is no name=value")
        raw[name.strip()] = _plain(name.strip(), value.strip())
    return raw


def _plain(name: str, value: str) -> object:
    if name == "keys":
        return value.split()
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number.is_integer() else number


def _checked(kind: str, name: str, value: object) -> Any:
    problem = _problem(name, value)
    if problem:
        raise FaultError(f"{kind}: {name} must be {problem}, not {value!r}")
    return value


def _problem(name: str, value: object) -> str:
    """Say what a value must be where it is not."""
    if name == "applied" and not isinstance(value, bool):
        return "true or false"
    if name in ("skip", "times", "status", "megabytes"):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole or (name == "times" and value is None)):
            return "a whole number"
    return _problem_of_size(name, value) or _problem_of_shape(name, value)


def _problem_of_size(name: str, value: object) -> str:
    if name == "share" and not (_is_number(value) and 0 < value <= 1):
        return "a number above 0, at most 1"
    most = _HIGHEST.get(name)
    if most is not None and not (_is_number(value) and 0 <= value <= most):
        return f"a number from 0 to {most:g}"
    if isinstance(value, int) and value < 0 and name in ("skip", "times"):
        return "no less than 0"
    return ""


def _problem_of_shape(name: str, value: object) -> str:
    if name == "at" and value not in PLACES:
        return f"one of {', '.join(PLACES)}"
    if name in ("method", "path", "account", "reason", "location"):
        return "" if isinstance(value, str) else "a text"
    if name == "keys" and not (
        isinstance(value, list) and all(isinstance(one, str) for one in value)
    ):
        return "a list of issue keys or ids"
    if name == "headers" and not isinstance(value, Mapping):
        return "an object of names and values"
    return ""


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
