"""Search parameters by resource type (hl7.org/fhir/R4/searchparameter-registry.html), those that an EHR can meet here.

A resource type without a row cannot be searched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter: its name, its FHIR search type and the element paths that it looks at.

    `type` is token, date, reference, string, id or updated (a date, for `_lastUpdated`).
    """

    name: str
    type: str
    paths: tuple[str, ...]


ID = Parameter("_id", "id", ("id",))
PATIENT = Parameter("patient", "reference", ("patient",))
SUBJECT = (Parameter("patient", "reference", ("subject",)), Parameter("subject", "reference", ("subject",)))
IDENTIFIER = Parameter("identifier", "token", ("identifier",))
STATUS = Parameter("status", "token", ("status",))
CATEGORY = Parameter("category", "token", ("category",))
CODE = Parameter("code", "token", ("code",))
ENCOUNTER = Parameter("encounter", "reference", ("encounter",))
NAME = Parameter("name", "string", ("name",))
ADDRESS = tuple(
    Parameter(f"address-{part}", "string", (f"address.{element}",))
    for part, element in (("city", "city"), ("state", "state"), ("postalcode", "postalCode"))
)


def date(name: str, *paths: str) -> Parameter:
    """Return a date parameter."""
    return Parameter(name, "date", paths)


def token(name: str, *paths: str) -> Parameter:
    """Return a token parameter."""
    return Parameter(name, "token", paths)


def reference(name: str, *paths: str) -> Parameter:
    """Return a reference parameter."""
    return Parameter(name, "reference", paths)


def text(name: str, *paths: str) -> Parameter:
    """Return a string parameter."""
    return Parameter(name, "string", paths)


PEOPLE = (text("family", "name.family"), text("given", "name.given"), text("name", "name.family", "name.given"))

# When a resource was recorded stands for when it was last updated: Epic shows no meta.lastUpdated (vendors.md 1.3).
RECORDED: Mapping[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("recordedDate",),
    "Appointment": ("created",),
    "Condition": ("recordedDate",),
    "Consent": ("dateTime",),
    "DiagnosticReport": ("issued",),
    "DocumentReference": ("date",),
    "Immunization": ("recorded", "occurrenceDateTime"),
    "MedicationRequest": ("authoredOn",),
    "Observation": ("issued",),
    "Procedure": ("performedDateTime",),
    "ServiceRequest": ("authoredOn",),
}

OWN: Mapping[str, Iterable[Parameter]] = {
    "AllergyIntolerance": (PATIENT, token("clinical-status", "clinicalStatus"), CATEGORY, CODE),
    "Appointment": (
        reference("patient", "participant.actor"), IDENTIFIER, STATUS, date("date", "start"),
    ),
    "CarePlan": (*SUBJECT, CATEGORY, STATUS, date("date", "period"), ENCOUNTER),
    "Condition": (
        *SUBJECT, CATEGORY, token("clinical-status", "clinicalStatus"), CODE,
        date("onset-date", "onsetDateTime", "onsetPeriod"), date("recorded-date", "recordedDate"), ENCOUNTER,
    ),
    "Consent": (PATIENT, STATUS, CATEGORY, token("scope", "scope"), date("date", "dateTime")),
    "Coverage": (
        reference("patient", "beneficiary"), reference("beneficiary", "beneficiary"), IDENTIFIER, STATUS,
    ),
    "DiagnosticReport": (
        *SUBJECT, CATEGORY, CODE, STATUS, IDENTIFIER, ENCOUNTER,
        date("date", "effectiveDateTime", "effectivePeriod"),
    ),
    "DocumentReference": (
        *SUBJECT, CATEGORY, token("type", "type"), STATUS, IDENTIFIER, date("date", "date"),
        date("period", "context.period"), reference("encounter", "context.encounter"), reference("author", "author"),
    ),
    "Encounter": (
        *SUBJECT, token("class", "class"), STATUS, date("date", "period"), IDENTIFIER,
    ),
    "Immunization": (PATIENT, STATUS, token("vaccine-code", "vaccineCode"), date("date", "occurrenceDateTime")),
    "Location": (
        IDENTIFIER, NAME, STATUS, token("type", "type"), *ADDRESS, reference("organization", "managingOrganization"),
    ),
    "Medication": (CODE, STATUS),
    "MedicationRequest": (
        *SUBJECT, CATEGORY, STATUS, token("intent", "intent"), date("authoredon", "authoredOn"), ENCOUNTER,
    ),
    "Observation": (
        *SUBJECT, CATEGORY, CODE, STATUS,
        date("date", "effectiveDateTime", "effectivePeriod", "effectiveInstant"), ENCOUNTER,
    ),
    "Organization": (IDENTIFIER, NAME, token("type", "type"), token("active", "active"), *ADDRESS),
    "Patient": (
        IDENTIFIER, *PEOPLE, date("birthdate", "birthDate"), token("gender", "gender"), token("telecom", "telecom"),
        text("address-postalcode", "address.postalCode"),
    ),
    "Practitioner": (IDENTIFIER, *PEOPLE, token("active", "active"), token("gender", "gender"), *ADDRESS),
    "PractitionerRole": (
        IDENTIFIER, reference("practitioner", "practitioner"), reference("organization", "organization"),
        reference("location", "location"), token("role", "code"), token("specialty", "specialty"),
        token("active", "active"),
    ),
    "Procedure": (
        *SUBJECT, CATEGORY, CODE, STATUS, date("date", "performedDateTime", "performedPeriod"), ENCOUNTER,
    ),
    "RelatedPerson": (PATIENT, IDENTIFIER, *PEOPLE[2:], token("relationship", "relationship")),
    "Schedule": (
        IDENTIFIER, reference("actor", "actor"), token("service-type", "serviceType"), token("active", "active"),
    ),
    "ServiceRequest": (
        *SUBJECT, CATEGORY, CODE, STATUS, token("intent", "intent"), date("authored", "authoredOn"),
        date("occurrence", "occurrenceDateTime", "occurrencePeriod"), ENCOUNTER,
    ),
    "Slot": (
        IDENTIFIER, reference("schedule", "schedule"), STATUS, date("start", "start"),
        token("service-type", "serviceType"), token("appointment-type", "appointmentType"),
    ),
}  # fmt: skip

# References that `_include` follows beside those that are search parameters; `*` follows every reference there is.
FOLLOWED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AllergyIntolerance": {"recorder": ("recorder",), "asserter": ("asserter",)},
    "Appointment": {
        "actor": ("participant.actor",), "practitioner": ("participant.actor",), "location": ("participant.actor",),
    },
    "CarePlan": {"condition": ("addresses",)},
    "Condition": {"asserter": ("asserter",)},
    "Consent": {"organization": ("organization",)},
    "Coverage": {"payor": ("payor",), "subscriber": ("subscriber",)},
    "DiagnosticReport": {"result": ("result",), "based-on": ("basedOn",), "performer": ("performer",)},
    "Encounter": {
        "location": ("location.location",), "participant": ("participant.individual",),
        "practitioner": ("participant.individual",), "service-provider": ("serviceProvider",),
        "diagnosis": ("diagnosis.condition",), "appointment": ("appointment",),
    },
    "Immunization": {"performer": ("performer.actor",), "location": ("location",)},
    "MedicationRequest": {"medication": ("medicationReference",), "requester": ("requester",)},
    "Observation": {"performer": ("performer",)},
    "Patient": {"general-practitioner": ("generalPractitioner",), "organization": ("managingOrganization",)},
    "Procedure": {"performer": ("performer.actor",)},
    "ServiceRequest": {"requester": ("requester",), "performer": ("performer",)},
}  # fmt: skip

PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    resource_type: {
        known.name: known
        for known in (
            ID,
            *own,
            Parameter("_lastUpdated", "updated", ("meta.lastUpdated", *RECORDED.get(resource_type, ()))),
        )
    }
    for resource_type, own in OWN.items()
}


def followed(resource_type: str, name: str) -> tuple[str, ...]:
    """Return the paths of the references that `_include=Type:name` follows; none when there is no such reference."""
    known = PARAMETERS.get(resource_type, {}).get(name)
    if known is not None and known.type == "reference":
        return known.paths
    return FOLLOWED.get(resource_type, {}).get(name, ())
