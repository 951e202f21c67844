"""Medication reconciliation: compares what is prescribed with what the patient takes, next to the allergies."""

from __future__ import annotations

from pact import match

from gauntlet.contracts.consumers.wording import INSTANT, Asked, exactly, given, like, one_of, searchset

_STATUS = one_of("active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown")
_PRESCRIPTION = {
    "resourceType": exactly("MedicationRequest"),
    "id": like("ePrescription1", r"[A-Za-z0-9\-.]{1,64}"),
    "status": _STATUS,
    "intent": one_of("order", "plan", "proposal", "original-order", "reflex-order", "filler-order", "instance-order"),
    "subject": {"reference": given("Patient/${patient}")},
}  # the drug may stand in a Medication of its own
_ALLERGY_STATUS = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
NAME = "medication-reconciliation"
INTERACTIONS = (
    Asked(
        "prescriptions of a patient",
        "a patient with an active prescription",
        "/MedicationRequest",
        searchset(_PRESCRIPTION),
        {"patient": "${patient}"},
    ),
    Asked(
        "an active prescription",
        "a patient with an active prescription",
        "/MedicationRequest/${prescription}",
        {
            **_PRESCRIPTION,
            "id": given("${prescription}"),
            "status": "active",
            "authoredOn": like("2026-06-15T13:42:00Z", INSTANT),
            "medicationCodeableConcept": {
                "coding": match.array_containing(
                    [{"system": exactly("http://www.nlm.nih.gov/research/umls/rxnorm"), "code": given("${code}")}]
                ),
                "text": like("Aspirin 81 MG Oral Tablet", ".+"),
            },
            "dosageInstruction": match.each_like({"text": like("Take 1 tablet by mouth once a day", ".+")}, min=1),
        },
    ),
    Asked(
        "a prescription that was stopped",
        "a prescription was stopped at the EHR",
        "/MedicationRequest/${prescription}",
        {"resourceType": "MedicationRequest", "id": given("${prescription}"), "status": "stopped"},
    ),
    Asked(
        "an allergy with its code",
        "a patient with a coded allergy",
        "/AllergyIntolerance/${allergy}",
        {
            "resourceType": "AllergyIntolerance",
            "id": given("${allergy}"),
            "patient": {"reference": given("Patient/${patient}")},
            "clinicalStatus": {
                "coding": match.array_containing(
                    [{"system": exactly(_ALLERGY_STATUS), "code": one_of("active", "inactive", "resolved")}]
                )
            },
            "code": {"coding": match.array_containing([{"code": given("${code}")}])},
        },
    ),
)
