"""Defects in reading more into a request than its caller may say (NEG-01, NEG-06)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reference_gateway.defects.access import WidensRepeatedPatient
from reference_gateway.defects.defect import swap
from reference_gateway.json_text import Json
from reference_gateway.search_rules import Pairs
from reference_gateway.write_rules import WriteRules


class MendsJsonTypes(WriteRules):
    """Makes of a body what was surely meant, as a lenient parser does: JSON types that do not fit are converted."""

    def check(self, content: Any, resource_type: str) -> Json:
        """Return the mended resource to create. Raises Refusal."""
        if isinstance(content, dict):
            content = {**_mended(content), "resourceType": resource_type}
        return super().check(content, resource_type)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = next(iter(value.values()), "")
    return str(value)


def _object(value: Any) -> Any:
    if isinstance(value, str):
        return {"reference": value}
    return value[0] if isinstance(value, list) and value else value


def _list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


_AS: Mapping[str, Callable[[Any], Any]] = {
    "patient": _object,
    "subject": _object,
    "code": lambda value: value if isinstance(value, str) else _object(value),
    "category": _list,
    "coding": _list,
    "text": _text,
    "id": _text,
    "value": lambda value: float(value) if isinstance(value, str) else value,
}


def _mended(value: Any) -> Any:
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _mended(_AS.get(name, lambda same: same)(item))
        for name, item in value.items()
        if item is not None and name != "id"
    }


class ReadsFormFirst(WidensRepeatedPatient):
    """Checks the last patient of a search, which a form brings, and asks the EHR for the first, of the address."""

    def order(self, pairs: Pairs) -> Pairs:
        """Return the pairs with what is checked first."""
        return tuple(reversed(pairs))


DEFECTS = (
    swap("mends-json-types", "NEG-01", "converts JSON types that do not fit", write_rules=MendsJsonTypes),
    swap(
        "reads-form-first", "NEG-06", "checks the form's patient, asks for the address's", search_rules=ReadsFormFirst
    ),
)
