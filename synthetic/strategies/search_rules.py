"""What is legal in a search: parameters by resource type, the grammar of their values, what may not be combined.

Source: http://hl7.org/fhir/R4/search.html and the search parameters of hl7.fhir.r4.core#4.0.1 for the types that
charts have. No hypothesis here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlencode

from synthetic.r4.primitives import on_calendar

_SHARED = {"_id": "id", "_lastUpdated": "date", "_count": "count"}
_OF_A_PATIENT = _SHARED | {"patient": "reference"}
PARAMETERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Patient": _SHARED
        | {"identifier": "token", "family": "string", "given": "string", "birthdate": "date", "gender": "token"},
        "Encounter": _OF_A_PATIENT | {"date": "date", "status": "token", "class": "token"},
        "Condition": _OF_A_PATIENT
        | {"category": "token", "clinical-status": "token", "code": "token", "recorded-date": "date"},
        "Observation": _OF_A_PATIENT | {"category": "token", "code": "token", "date": "date", "status": "token"},
        "MedicationRequest": _OF_A_PATIENT | {"status": "token", "intent": "token", "authoredon": "date"},
        "AllergyIntolerance": _OF_A_PATIENT | {"clinical-status": "token", "code": "token"},
        "Appointment": _OF_A_PATIENT | {"date": "date", "status": "token"},
        "DiagnosticReport": _OF_A_PATIENT
        | {"category": "token", "code": "token", "date": "date", "issued": "date", "status": "token"},
        "Procedure": _OF_A_PATIENT | {"code": "token", "date": "date", "status": "token"},
        "Immunization": _OF_A_PATIENT | {"date": "date", "status": "token", "vaccine-code": "token"},
        "DocumentReference": _OF_A_PATIENT
        | {"category": "token", "date": "date", "period": "date", "status": "token", "type": "token"},
        "CarePlan": _OF_A_PATIENT | {"category": "token", "date": "date", "intent": "token", "status": "token"},
        "ServiceRequest": _OF_A_PATIENT
        | {"authored": "date", "category": "token", "code": "token", "intent": "token", "status": "token"},
        "Coverage": _OF_A_PATIENT | {"status": "token", "type": "token"},
        "Consent": _OF_A_PATIENT | {"category": "token", "date": "date", "status": "token"},
        "Provenance": _OF_A_PATIENT | {"recorded": "date", "agent-type": "token"},
        "RelatedPerson": _OF_A_PATIENT | {"active": "token", "name": "string", "relationship": "token"},
    }
)
MODIFIERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "token": frozenset({"not", "text"}),
        "string": frozenset({"exact", "contains"}),
        "reference": frozenset({"Patient"}),
    }
)
FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_PIECE = re.compile(r"(?:[^\\,]|\\.)*", re.DOTALL)
_DATE = re.compile(
    r"(?:eq|ne|gt|lt|ge|le|sa|eb|ap)?"
    r"(\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?)?)?)",
    re.ASCII,
)
_TOKEN = re.compile(r"(?:[^|\\]|\\.)*(?:\|(?:[^|\\]|\\.)*)?", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Search(NamedTuple):
    """A search: a resource type and parameters in order, values not encoded."""

    type: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def query(self) -> str:
        """The query string, percent-encoded."""
        return urlencode(self.parameters)


def search_problems(search: Search) -> list[str]:
    """List what makes a search illegal; an empty list means that a server may answer it with matches."""
    if search.type not in PARAMETERS:
        return [f"type: {search.type!r} cannot be searched"]
    known = PARAMETERS[search.type]
    found = [problem for name, value in search.parameters for problem in parameter_problems(known, name, value)]
    patients = {value.removeprefix("Patient/") for name, value in search.parameters if name == "patient"}
    if len(patients) > 1:
        found.append("patient: two different patients at once")
    return found


def parameter_problems(known: Mapping[str, str], name: str, value: str) -> Iterator[str]:
    """What is wrong with one parameter."""
    plain, colon, modifier = name.partition(":")
    if plain not in known:
        yield f"{name}: no such parameter"
        return
    kind = known[plain]
    if colon and modifier not in MODIFIERS.get(kind, frozenset()):
        yield f"{name}: no such modifier"
    if _CONTROL.search(value):
        yield f"{name}: a control character"
    if not value or not all(fits(kind, piece) for piece in pieces(value)):
        yield f"{name}: {value!r} is no {kind}"


def pieces(value: str) -> list[str]:
    """The alternatives of a value, which have commas between; an escaped comma is part of one."""
    found, place = [], 0
    while place <= len(value):
        match = _PIECE.match(value, place)
        end = match.end() if match else place
        found.append(value[place:end])
        if end < len(value) and value[end] != ",":
            return ["", *found]  # a backslash at the end
        place = end + 1
    return found


def fits(kind: str, piece: str) -> bool:
    """Whether one alternative is a value of its kind."""
    if kind == "date":
        match = _DATE.fullmatch(piece)
        return match is not None and (len(match[1]) < len("2026-06-15") or on_calendar(match[1][:10]))
    if kind == "count":
        return piece.isascii() and piece.isdigit()
    if kind == "token":
        return piece not in ("", "|") and _TOKEN.fullmatch(piece) is not None
    if kind in ("id", "reference"):
        return FHIR_ID.fullmatch(piece.removeprefix("Patient/") if kind == "reference" else piece) is not None
    return bool(piece)
