"""What a search has to find: a small model of FHIR search, independent of any server. Pure.

Three answers: True (it must be found), False (it must not), None (servers may differ).
Source: http://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from gauntlet.properties.spans import date_fits
from synthetic.strategies.search_rules import PARAMETERS, pieces

Verdict = bool | None
Pairs = Iterable[tuple[str, str]]
# Where the elements are that do not have their parameter's name; a choice element is named without its type.
_ELEMENTS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("Patient", "family"): "name.family",
        ("Patient", "given"): "name.given",
        ("Patient", "birthdate"): "birthDate",
        ("Encounter", "date"): "period",
        ("Condition", "clinical-status"): "clinicalStatus",
        ("Condition", "recorded-date"): "recordedDate",
        ("Condition", "onset-date"): "onset",
        ("Observation", "date"): "effective",
        ("MedicationRequest", "authoredon"): "authoredOn",
        ("AllergyIntolerance", "clinical-status"): "clinicalStatus",
        ("Appointment", "date"): "start",
        ("Immunization", "date"): "occurrence",
        ("Immunization", "vaccine-code"): "vaccineCode",
    }
)
_PATIENT = ("subject", "patient")
NOT_MODELLED = frozenset({"_lastUpdated", "_count"})


def fits(resource: Mapping[str, Any], pairs: Pairs) -> Verdict:
    """Return whether a resource fits all parameters of a search; a comma separates alternatives."""
    verdicts = [
        _any(_fits_one(resource, name, piece) for piece in pieces(value))
        for name, value in pairs
        if name not in NOT_MODELLED
    ]
    return False if False in verdicts else None if None in verdicts else True


def _any(verdicts: Iterable[Verdict]) -> Verdict:
    found = list(verdicts)
    return True if True in found else None if None in found else False


def _fits_one(resource: Mapping[str, Any], name: str, value: str) -> Verdict:
    resource_type = str(resource["resourceType"])
    kind = PARAMETERS[resource_type].get(name)
    if name == "_id":
        return resource.get("id") == value
    if kind == "reference":
        return owner(resource) == value.removeprefix("Patient/")
    held = list(element_values(resource, name))
    if kind == "date":
        return _any(date_fits(value, item) for item in held) if held else (None if value.startswith("ne") else False)
    if kind == "string":
        return _any(_text_fits(value, item) for item in held)
    if kind == "token":
        return _any(_token_fits(value, item) for item in held)
    return None


def owner(resource: Mapping[str, Any]) -> str | None:
    """Return the id of the patient a resource is about, None when it does not say."""
    if resource.get("resourceType") == "Patient":
        return resource.get("id")
    holders = [resource.get(name) for name in _PATIENT]
    holders += [item.get("actor") for item in resource.get("participant", []) if isinstance(item, dict)]
    texts = [str(holder.get("reference", "")) for holder in holders if isinstance(holder, dict)]
    return next((text.rpartition("/")[2] for text in texts if text.rpartition("/")[0].endswith("Patient")), None)


def element_values(resource: Mapping[str, Any], name: str) -> Iterator[Any]:
    """Yield the values of the element that a search parameter looks at."""
    return _values(resource, _ELEMENTS.get((str(resource["resourceType"]), name), name))


def _values(holder: Mapping[str, Any], path: str) -> Iterator[Any]:
    head, _, rest = path.partition(".")
    for name, value in holder.items():
        if name != head and not (head in ("effective", "onset", "occurrence") and name.startswith(head)):
            continue
        for item in value if isinstance(value, list) else [value]:
            if rest and isinstance(item, dict):
                yield from _values(item, rest)
            elif not rest:
                yield item


def _token_fits(value: str, item: Any) -> Verdict:
    system, bar, code = value.rpartition("|")
    if isinstance(item, str):  # its system is implied by its value set
        return (item == code) if not bar else (None if item == code or not code else False)
    codings = item.get("coding", []) if "coding" in item else [item]
    return any(
        (not code or code == (coding.get("code", coding.get("value"))))
        and (not bar or system == coding.get("system", ""))
        for coding in codings
    )


def _text_fits(value: str, item: Any) -> Verdict:
    asked, held = _folded(value.replace("\\,", ",")), _folded(str(item))
    return True if held.startswith(asked) else None if asked in held else False


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))
