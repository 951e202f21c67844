"""Schedules, documents, plans, vaccinations and the rest of the newer types, each with one thing that R4 forbids."""

from __future__ import annotations

from synthetic.edge_cases.case import Case, Changes, Scene, both, invalid
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.records import coding, with_record, wrong

_IN_ANOTHER_CHART = "NEG-10 AUT-05"


def stranger(_body: Json, scene: Scene) -> Changes:
    """The patient of another chart as the one who is insured."""
    return {"beneficiary": {"reference": "Patient/" + scene.identity.resource_id("Patient", scene.stranger)}}


def ends_first(_body: Json, _scene: Scene) -> Changes:
    """A slot that ends before it begins."""
    return {"start": "2026-07-06T14:20:00Z", "end": "2026-07-06T14:00:00Z"}


CASES: tuple[Case, ...] = (
    wrong("schedule-of-nobody", "Schedule.actor", "required", "The calendar is nobody's", {"actor": None}),
    wrong(
        "schedule-of-a-group",
        "Schedule.actor[0]",
        "reference-target",
        "The calendar is that of an organization, which R4 does not allow",
        lambda _body, scene: {
            "actor[0]": {"reference": "Organization/" + scene.identity.resource_id("Organization", 0)}
        },
    ),
    invalid(
        "slot-status-booked",
        "Slot.status",
        "binding",
        "NEG-02 CON-15 CON-04",
        "The status of a slot is one of appointments",
        both(with_record("Schedule", {"active": True}), with_record("Slot", {"status": "booked"})),
    ),
    invalid(
        "slot-on-a-date",
        "Slot.start",
        "format",
        "NEG-02 CON-15 CON-04",
        "The slot begins on a date, where an instant is due",
        both(with_record("Schedule", {"active": True}), with_record("Slot", {"start": "2026-07-06"})),
    ),
    invalid(
        "slot-ends-before-start",
        "Slot.end",
        "end-before-start",
        "CON-15",
        "The slot ends before it begins, for which R4 has no rule",
        both(with_record("Schedule", {"active": True}), with_record("Slot", ends_first)),
        quarantine=True,
    ),
    invalid(
        "slot-without-calendar",
        "Slot.schedule",
        "dangling-reference",
        "CON-13 NEG-02",
        "The slot is in a calendar that does not exist",
        with_record("Slot", {"status": "free"}),
        quarantine=True,
    ),
    wrong("insurance-of-nobody", "Coverage.beneficiary", "required", "Nobody is insured", {"beneficiary": None}),
    wrong("insurance-order-zero", "Coverage.order", "range", "Plans are counted from 1", {"order": 0}),
    wrong(
        "insurance-of-another-patient",
        "Coverage.beneficiary",
        "foreign-subject",
        "A plan in this chart insures another patient",
        stranger,
        requirements=_IN_ANOTHER_CHART,
    ),
    wrong(
        "consent-without-policy",
        "Consent",
        "ppc-1",
        "The consent has neither a policy nor a rule",
        {"policyRule": None},
    ),
    wrong(
        "consent-type-maybe",
        "Consent.provision.type",
        "binding",
        "A provision neither permits nor denies",
        {"provision": {"type": "maybe"}},
    ),
    wrong("origin-of-nothing", "Provenance.target", "required", "The record is about nothing", {"target": None}),
    wrong(
        "origin-recorded-on-a-date",
        "Provenance.recorded",
        "format",
        "The time of the record is a date, where an instant is due",
        {"recorded": "2026-06-15"},
    ),
    wrong(
        "document-without-content", "DocumentReference.content", "required", "There is no content", {"content": None}
    ),
    wrong(
        "document-of-broken-bytes",
        "DocumentReference.content[0].attachment.data",
        "format",
        "The bytes of the note are not base64",
        {"content": [{"attachment": {"contentType": "text/plain", "data": "Tm90Z"}}]},
    ),
    wrong(
        "plan-intent-missing",
        "CarePlan.intent",
        "required",
        "The plan does not say what it is meant as",
        {"intent": None},
    ),
    wrong(
        "plan-activity-told-twice",
        "CarePlan.activity[0]",
        "cpl-3",
        "An activity is told in place and by a reference at once",
        lambda _body, scene: {
            "activity": [
                {
                    "reference": {"reference": scene.chart.of_type("Appointment")[0].reference},
                    "detail": {"status": "scheduled"},
                }
            ]
        },
    ),
    wrong(
        "referral-of-two-times",
        "ServiceRequest.occurrence[x]",
        "choice",
        "The examination has a date and a period",
        {"occurrenceDateTime": "2026-07-01", "occurrencePeriod": {"start": "2026-07-01"}},
    ),
    wrong(
        "referral-priority-high",
        "ServiceRequest.priority",
        "binding",
        "The priority is a word of another vocabulary",
        {"priority": "high"},
    ),
    wrong(
        "vaccination-without-date",
        "Immunization.occurrence[x]",
        "required",
        "Nobody says when",
        {"occurrenceDateTime": None},
    ),
    wrong(
        "vaccine-given-by-halves",
        "Immunization.status",
        "binding",
        "The status of a vaccination is one of events",
        {"status": "in-progress"},
    ),
    wrong(
        "report-result-of-wrong-type",
        "DiagnosticReport.result[0]",
        "reference-target",
        "A result is a diagnosis",
        lambda _body, scene: {"result": [{"reference": scene.chart.of_type("Condition")[0].reference}]},
    ),
    wrong(
        "report-code-missing", "DiagnosticReport.code", "required", "The report does not say of what", {"code": None}
    ),
    wrong("relative-of-nobody", "RelatedPerson.patient", "required", "The relative is nobody's", {"patient": None}),
    wrong(
        "role-on-an-eighth-day",
        "PractitionerRole.availableTime[0].daysOfWeek[0]",
        "binding",
        "A week has no such day",
        {"availableTime": [{"daysOfWeek": ["holiday"], "allDay": True}]},
    ),
    wrong(
        "place-without-latitude",
        "Location.position.latitude",
        "required",
        "A position has a longitude only",
        {"position": {"longitude": -75}},
    ),
    wrong(
        "organization-without-anything",
        "Organization",
        "org-1",
        "The organization has neither a name nor a number",
        {"name": None},
    ),
    wrong(
        "organization-at-home",
        "Organization",
        "org-2",
        "An organization has an address of use home",
        {"address": [{"use": "home", "city": "Philadelphia"}]},
    ),
    wrong(
        "drug-ingredient-missing",
        "Medication.ingredient[0].item[x]",
        "required",
        "An ingredient does not say what it is",
        {"ingredient": [{"isActive": True}]},
    ),
    wrong(
        "drug-status-discontinued",
        "Medication.status",
        "binding",
        "The status of the drug is a word of another vocabulary",
        {"status": "discontinued", "form": coding("v3-orderableDrugForm", "CAP")},
    ),
)
