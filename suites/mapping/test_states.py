"""Family MAP: kinds of encounters, and records that are no current facts."""

import pytest

from gauntlet import expect
from synthetic.metamorphic import epic

pytestmark = pytest.mark.upstream("epic", "allscripts")

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
VISITS = {
    "appointment": ("AMB", "finished"),
    "telephone": ("VR", "finished"),
    "chart-entry": ("EMER", "finished"),
    "inpatient": ("IMP", "in-progress"),
}


def visit(name, *defects):
    """Return a parameter that the given defects trip."""
    return pytest.param(name, marks=pytest.mark.requirement("MAP-07", tripped_by=[*defects]))


@pytest.mark.parametrize(
    "name",
    [
        visit("appointment", "swaps-visit-classes"),
        visit("telephone", "swaps-visit-classes", "every-visit-is-ambulatory"),
        visit("chart-entry", "every-visit-is-ambulatory"),
        visit("inpatient", "every-visit-is-ambulatory", "what-began-is-finished"),
    ],
)
def test_kinds_of_encounters(planting, chart, name):
    """An appointment, a telephone contact, a chart entry and a stay come out as what they are

    An encounter of each kind is put into the EHR. The delivered class must be its code of v3-ActCode, or, where the
    EHR tells no more than that something was entered into the chart (Unity), a code of the site's own; the status must
    be the recorded one, or unknown where the EHR has none.

    A stay shown as an office visit hides that the patient lies in a bed; a call shown as a visit is billed as one.

    FHIR R4, Encounter.class, Encounter.status.
    """
    code, status = VISITS[name]
    kind = {"system": ACT_CODE, "code": code}
    body = {
        "resourceType": "Encounter",
        "status": status,
        "class": kind,
        "type": [{"text": name.replace("-", " ")}],
        "period": {"start": "2026-06-02T15:00:00Z"},
    }
    shown = body if planting.vendor == "allscripts" else epic.dress(body)
    delivered = planting.must_be_delivered(chart, shown)
    found = delivered.get("class", {})
    told = planting.vendor == "epic" or name in ("appointment", "telephone")
    right = (found.get("system"), found.get("code")) == (ACT_CODE, code)
    expect.that(
        right or (not told and found.get("system") != ACT_CODE and bool(found)),
        f"a visit of the kind {name} comes out as another one",
        expected=f"{ACT_CODE}|{code}" + ("" if told else ", or a class of the site's own"),
        actual=f"{found.get('system')}|{found.get('code')}",
    )
    allowed = (status,) if planting.vendor == "epic" else (status, "unknown")
    expect.that(
        delivered.get("status") in allowed,
        f"a visit of the kind {name} has another status",
        expected=" or ".join(allowed),
        actual=str(delivered.get("status")),
    )


TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"


def coded(system, code):
    """Return a CodeableConcept of HL7's terminology."""
    return {"coding": [{"system": TERMINOLOGY + system, "code": code}]}


def concept(system, code, text):
    """Return a CodeableConcept with words."""
    return {"coding": [{"system": system, "code": code}], "text": text}


ICD, RXNORM = "http://hl7.org/fhir/sid/icd-10-cm", "http://www.nlm.nih.gov/research/umls/rxnorm"
RECORDS = {
    "problem-in-error": {
        "resourceType": "Condition",
        "verificationStatus": coded("condition-ver-status", "entered-in-error"),
        "category": [coded("condition-category", "problem-list-item")],
        "code": concept(ICD, "E11.9", "Type 2 diabetes"),
    },
    "allergy-refuted": {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": coded("allergyintolerance-clinical", "resolved"),
        "verificationStatus": coded("allergyintolerance-verification", "refuted"),
        "code": concept(RXNORM, "723", "Amoxicillin"),
        "recordedDate": "2026-06-01",
    },
    "prescription-cancelled": {
        "resourceType": "MedicationRequest",
        "status": "cancelled",
        "intent": "order",
        "medicationCodeableConcept": concept(RXNORM, "314076", "Lisinopril 10 mg"),
        "authoredOn": "2026-06-01T14:00:00Z",
        "requester": {"display": "Internal Medicine Clinic"},
        "dosageInstruction": [{"text": "once a day"}],
    },
    "result-in-error": {
        "resourceType": "Observation",
        "status": "entered-in-error",
        "category": [coded("observation-category", "laboratory")],
        "code": concept("http://loinc.org", "2823-3", "Potassium"),
        "effectiveDateTime": "2026-06-01T14:00:00Z",
        "valueString": "hemolyzed",
    },
    "result-corrected": {
        "resourceType": "Observation",
        "status": "corrected",
        "category": [coded("observation-category", "laboratory")],
        "code": concept("http://loinc.org", "2823-3", "Potassium"),
        "effectiveDateTime": "2026-06-01T14:00:00Z",
        "valueString": "normal",
    },
    "appointment-cancelled": {
        "resourceType": "Appointment",
        "status": "cancelled",
        "start": "2026-06-25T14:00:00Z",
        "end": "2026-06-25T14:20:00Z",
        "minutesDuration": 20,
    },
}


def state(resource):
    """Return what a record says about whether it holds: verification first, then status."""
    verification = resource.get("verificationStatus", {}).get("coding", [{}])[0].get("code")
    clinical = resource.get("clinicalStatus", {}).get("coding", [{}])[0].get("code")
    return verification or resource.get("status") or clinical or "(none)"


def no_fact(name, *defects):
    """Return a parameter that the given defects trip."""
    return pytest.param(name, marks=pytest.mark.requirement("MAP-08", tripped_by=[*defects]))


@pytest.mark.parametrize(
    "name",
    [
        no_fact("problem-in-error", "takes-errors-for-facts"),
        no_fact("allergy-refuted", "takes-errors-for-facts"),
        no_fact("prescription-cancelled", "every-prescription-is-active"),
        no_fact("result-in-error", "every-result-is-final"),
        no_fact("result-corrected", "every-result-is-final"),
        no_fact("appointment-cancelled", "every-appointment-is-booked"),
    ],
)
def test_records_that_no_longer_hold(planting, chart, name):
    """What was entered in error, refuted, cancelled or corrected is not delivered as a current fact

    A record that no longer holds is put into the EHR. It may be left out (a corrected result may not), or delivered
    with the status that it has; never as active, final or booked.

    A diabetes that was typed into the wrong chart, an allergy that was disproved, a prescription that was withdrawn:
    delivered as facts, each is treated.

    FHIR R4: verificationStatus entered-in-error, refuted; status entered-in-error, cancelled, corrected.
    """
    body = dict(RECORDS[name])
    if planting.vendor == "allscripts":
        body.pop("clinicalStatus", None)  # a row of Unity has one word for both
    delivered = planting.planted(chart, body)
    if delivered is None and name != "result-corrected":
        return
    expect.that(
        delivered is not None and state(delivered) == state(body),
        f"a record that is {state(body)} comes out as something else",
        expected=state(body),
        actual="(left out)" if delivered is None else state(delivered),
    )
    clinical = (delivered or {}).get("clinicalStatus", {}).get("coding", [])
    expect.equal([item.get("code") for item in clinical if item.get("code") == "active"], [], "it is called active")
