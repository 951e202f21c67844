"""The search parameters served, by resource type: one table that rules, matching and the CapabilityStatement share.

Sources: http://hl7.org/fhir/R4/searchparameter-registry.html; what Epic needs and knows: its R4 search specifications.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """One search parameter: its FHIR type (token, date, string, reference), the element it looks at.

    `forwarded` parameters narrow the search at the EHR already; every parameter is applied to what comes back.
    `identifying` ones tell who somebody is: they stay out of addresses.
    """

    kind: str
    element: str
    forwarded: bool = True
    documentation: str = ""
    identifying: bool = False


_ID = Parameter("token", "id")
_PATIENT = Parameter("reference", "patient")

PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    "Patient": {
        "_id": _ID,
        "identifier": Parameter("token", "identifier", identifying=True),
        "family": Parameter("string", "name.family", identifying=True),
        "given": Parameter("string", "name.given", identifying=True),
        "birthdate": Parameter("date", "birthDate", documentation="a whole date, no range", identifying=True),
        "gender": Parameter("token", "gender"),
    },
    "Encounter": {
        "_id": _ID,
        "patient": _PATIENT,
        "date": Parameter("date", "period"),
        "status": Parameter("token", "status"),
        "class": Parameter("token", "class", forwarded=False),
    },
    "Condition": {
        "_id": _ID,
        "patient": _PATIENT,
        "category": Parameter("token", "category"),
        "clinical-status": Parameter("token", "clinicalStatus"),
        "code": Parameter("token", "code"),
        "onset-date": Parameter("date", "onset"),
        "recorded-date": Parameter("date", "recordedDate"),
    },
    "Observation": {
        "_id": _ID,
        "patient": _PATIENT,
        "category": Parameter("token", "category"),
        "code": Parameter("token", "code"),
        "date": Parameter("date", "effective"),
        "status": Parameter("token", "status"),
    },
    "MedicationRequest": {
        "_id": _ID,
        "patient": _PATIENT,
        "status": Parameter("token", "status"),
        "intent": Parameter("token", "intent"),
        "authoredon": Parameter("date", "authoredOn"),
    },
    "AllergyIntolerance": {
        "_id": _ID,
        "patient": _PATIENT,
        "clinical-status": Parameter("token", "clinicalStatus"),
    },
    "Appointment": {
        "_id": _ID,
        "patient": _PATIENT,
        "date": Parameter("date", "start"),
        "status": Parameter("token", "status"),
    },
    "Immunization": {
        "_id": _ID,
        "patient": _PATIENT,
        "date": Parameter("date", "occurrence"),
        "status": Parameter("token", "status"),
    },
}

# One of these combinations has to be given, or the EHR would refuse the search or answer with nothing.
REQUIRED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Patient": (("_id",), ("identifier",), ("family", "birthdate"), ("given", "birthdate"), ("family", "given")),
    "Observation": (("patient", "category"), ("patient", "code"), ("_id",)),
}
REQUIRED_OTHERWISE: tuple[tuple[str, ...], ...] = (("patient",), ("_id",))


def identifying(resource_type: str, names: Iterable[str]) -> bool:
    """Tell whether parameters of these names tell who somebody is."""
    table = PARAMETERS[resource_type]
    return any(name in table and table[name].identifying for name in names)


def required(resource_type: str) -> tuple[tuple[str, ...], ...]:
    """Return the combinations of parameters of which a search needs one."""
    return REQUIRED.get(resource_type, REQUIRED_OTHERWISE)
