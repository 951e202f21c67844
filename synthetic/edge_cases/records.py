"""Whole resources for cases about types that not every chart has: plain ones, to which a case adds what is nasty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from synthetic.edge_cases.case import Apply, Case, Changes, Scene, added, invalid, valid
from synthetic.edge_cases.paths import Json, put
from synthetic.meta import meta

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_US_CORE = "http://hl7.org/fhir/us/core/CodeSystem/"
_NOTED = "2026-06-15T15:00:00Z"
NOTE = "Tm90ZSBvZiBhIHN5bnRoZXRpYyB2aXNpdC4="  # base64 of a sentence

Edit = Changes | Callable[[Json, Scene], Changes]


def coding(system: str, code: str, display: str = "") -> dict[str, Any]:
    """A concept of one coding of a terminology of HL7."""
    return {"coding": [{"system": _TERMINOLOGY + system, "code": code} | ({"display": display} if display else {})]}


def about(scene: Scene) -> dict[str, str]:
    """The reference to the patient."""
    return {"reference": scene.chart.patient.reference}


def someone(scene: Scene) -> dict[str, Any]:
    """The reference to the practitioner who looks after the patient."""
    return dict(scene.chart.patient.body["generalPractitioner"][0])


def organization(scene: Scene) -> dict[str, Any]:
    """The reference to the hospital."""
    return dict(scene.chart.patient.body["managingOrganization"])


def place(scene: Scene) -> dict[str, Any]:
    """The reference to the place of an appointment."""
    people = scene.chart.of_type("Appointment")[0].body["participant"]
    return next(dict(entry["actor"]) for entry in people if entry["actor"]["reference"].startswith("Location/"))


def record(scene: Scene, kind: str, number: int = 0) -> Json:
    """A plain resource of a type, under an id of its own that leads to this chart."""
    profiles = () if kind in _WITHOUT_PROFILE else (f"us-core-{_PROFILES.get(kind, kind.lower())}",)
    head = {"resourceType": kind, "id": scene.new_id(kind, number), "meta": meta(*profiles)}
    return head | _PLAIN[kind](scene)


def with_record(kind: str, edit: Edit, *, without: tuple[str, ...] = ()) -> Apply:
    """The case of one more resource of a type: a plain one with these changes, which are its truth."""

    def make(scene: Scene) -> Iterator[tuple[Json, Changes]]:
        body = record(scene, kind)
        for path in without:
            put(body, path, None)
        changes = edit(body, scene) if callable(edit) else edit
        for path, value in changes.items():
            put(body, path, value)
        yield body, changes

    return added(make)


def nasty(
    name: str, where: str, requirements: str, sentence: str, edit: Edit, *, without: tuple[str, ...] = ()
) -> Case:
    """A legal case about one more resource of the type that `where` begins with."""
    return valid(name, where, requirements, sentence, with_record(where.partition(".")[0], edit, without=without))


def wrong(name: str, where: str, rule: str, sentence: str, edit: Edit, *, requirements: str = "") -> Case:
    """An invalid case about one more resource of the type that `where` begins with."""
    apply = with_record(where.partition(".")[0], edit)
    return invalid(name, where, rule, requirements or "NEG-02 CON-15 CON-04", sentence, apply)


def _schedule(scene: Scene) -> Json:
    return {"active": True, "serviceType": [{"text": "Office Visit"}], "actor": [someone(scene), place(scene)]}


def _slot(scene: Scene) -> Json:
    calendar = {"reference": f"Schedule/{scene.new_id('Schedule')}"}
    return {"schedule": calendar, "status": "free", "start": "2026-07-06T14:00:00Z", "end": "2026-07-06T14:20:00Z"}


def _coverage(scene: Scene) -> Json:
    relationship = coding("subscriber-relationship", "self", "Self")
    return {
        "status": "active",
        "type": {"text": "Secondary plan"},
        "subscriberId": f"X{scene.new_mrn()}",
        "beneficiary": about(scene),
        "relationship": relationship,
        "period": {"start": "2020-01-01"},
        "payor": [organization(scene)],
    }


def _provenance(scene: Scene) -> Json:
    author = {"type": coding("provenance-participant-type", "author", "Author"), "who": someone(scene)}
    author["onBehalfOf"] = organization(scene)
    return {"target": [about(scene)], "recorded": _NOTED, "agent": [author]}


def _document(scene: Scene) -> Json:
    note = {"system": "http://loinc.org", "code": "11506-3", "display": "Progress note"}
    category = {"system": _US_CORE + "us-core-documentreference-category", "code": "clinical-note"}
    return {
        "status": "current",
        "type": {"coding": [note]},
        "category": [{"coding": [category]}],
        "subject": about(scene),
        "date": _NOTED,
        "author": [someone(scene)],
        "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": NOTE}}],
    }


def _care_plan(scene: Scene) -> Json:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">Physiotherapy twice a week</div>'
    return {
        "text": {"status": "generated", "div": div},
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": _US_CORE + "careplan-category", "code": "assess-plan"}]}],
        "subject": about(scene),
        "period": {"start": "2026-05-04"},
    }


def _referral(scene: Scene) -> Json:
    return {
        "status": "active",
        "intent": "order",
        "code": {"text": "Physiotherapy"},
        "subject": about(scene),
        "authoredOn": _NOTED,
        "requester": someone(scene),
    }


def _immunization(scene: Scene) -> Json:
    vaccine = {"system": "http://hl7.org/fhir/sid/cvx", "code": "115", "display": "Tdap"}
    return {
        "status": "completed",
        "vaccineCode": {"coding": [vaccine], "text": "Tdap"},
        "patient": about(scene),
        "occurrenceDateTime": "2026-06-15",
        "primarySource": True,
    }


def _report(scene: Scene) -> Json:
    code = {"coding": [{"system": "http://loinc.org", "code": "11502-2", "display": "Laboratory report"}]}
    return {
        "status": "final",
        "category": [coding("v2-0074", "LAB", "Laboratory")],
        "code": code,
        "subject": about(scene),
        "effectiveDateTime": "2026-06-15T13:00:00Z",
        "issued": _NOTED,
        "performer": [organization(scene)],
    }


def _relative(scene: Scene) -> Json:
    role = {"coding": [{"system": _TERMINOLOGY + "v3-RoleCode", "code": "GUARD", "display": "guardian"}]}
    return {
        "active": True,
        "patient": about(scene),
        "relationship": [role],
        "name": [{"text": "Alex Example", "family": "Example", "given": ["Alex"]}],
    }


def _consent(scene: Scene) -> Json:
    return {
        "status": "active",
        "scope": coding("consentscope", "patient-privacy", "Privacy Consent"),
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"}]}],
        "patient": about(scene),
        "dateTime": _NOTED,
        "policyRule": coding("v3-ActCode", "OPTIN", "opt-in"),
    }


_WITHOUT_PROFILE = ("Schedule", "Slot", "Consent")
_PROFILES: Mapping[str, str] = MappingProxyType({"DiagnosticReport": "diagnosticreport-lab"})
_PLAIN: Mapping[str, Callable[[Scene], Json]] = MappingProxyType(
    {
        "Schedule": _schedule,
        "Slot": _slot,
        "Coverage": _coverage,
        "Consent": _consent,
        "Provenance": _provenance,
        "DocumentReference": _document,
        "CarePlan": _care_plan,
        "ServiceRequest": _referral,
        "Immunization": _immunization,
        "DiagnosticReport": _report,
        "RelatedPerson": _relative,
        "PractitionerRole": lambda scene: {
            "active": True,
            "practitioner": someone(scene),
            "organization": organization(scene),
            "location": [place(scene)],
            "telecom": [{"system": "phone", "value": "+1-215-555-0142", "use": "work"}],
        },
        "Location": lambda scene: {
            "status": "active",
            "name": "Annex",
            "mode": "instance",
            "managingOrganization": organization(scene),
        },
        "Organization": lambda _scene: {"active": True, "name": "Practice on the Corner"},
        "Medication": lambda _scene: {"code": {"text": "Zinc ointment 10 %"}, "status": "active"},
    }
)
