"""Apply a merge patch (RFC 7396), and hold the outcome to the model of a whole."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.api.problems import Fault, invalid, pointer_to

Model = TypeVar("Model", bound=BaseModel)


def merge(
    model: type[Model], current: Mapping[str, Any], patch: Mapping[str, Any]
) -> Model:
    """Merge a patch into what is there now; what comes out must fit the model."""
    try:
        return model.model_validate(merged(current, patch))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        faults = [
            Fault(pointer_to(problem["loc"]), problem["type"], problem["msg"])
            for problem in problems
        ]
        raise invalid(*faults) from error


def merged(current: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Merge objects by their keys; null takes a key away, all else replaces it."""
    outcome = dict(current)
    for key, value in patch.items():
        if value is None:
            outcome.pop(key, None)
        elif isinstance(value, dict):
            inner = outcome.get(key)
            outcome[key] = merged(inner if isinstance(inner, dict) else {}, value)
        else:
            outcome[key] = value
    return outcome
