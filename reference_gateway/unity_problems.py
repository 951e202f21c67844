"""Problems, allergies and prescriptions out of the rows of GetClinicalSummary.

A row has one word for its status: of the clinical course, or (where there is none) of the verification.
"""

from __future__ import annotations

import re

from reference_gateway.ehr_failures import payload_refusal
from reference_gateway.json_text import Json
from reference_gateway.unity_answers import Row
from reference_gateway.unity_codes import UnityCodes
from reference_gateway.unity_times import UnityTimes

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
DATA_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_VERIFICATIONS = ("unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error")
_COURSES = {
    "condition": ("active", "recurrence", "relapse", "inactive", "remission", "resolved"),
    "allergyintolerance": ("active", "inactive", "resolved"),
}
_PRESCRIPTIONS = ("active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown")
_ERROR = "entered-in-error"
_COUNT = re.compile(r"\d{1,3}", re.ASCII)
_INTENTS = {"prescribe": "order", "record": "plan"}


def status_code(text: str) -> str:
    """Return a status as FHIR spells it: Entered In Error is entered-in-error."""
    return text.strip(" ").lower().replace(" ", "-")


class UnityStatuses:
    """Reads the status of problems, allergies and prescriptions."""

    def put(self, resource: Json, row: Row, prefix: str, verification: str = "") -> None:
        """Put clinical and verification status into a resource.

        A row without a word for the course: what was refuted is inactive, an allergy that was not is active, for R4
        has no word for an unknown course and asks for one (ait-1); a problem says nothing of it.
        """
        code = status_code(row["status"])
        if code in _VERIFICATIONS:
            verification, code = code, ""
        elif code not in _COURSES[prefix]:
            code = ""
        if verification in _VERIFICATIONS:
            system = f"{_TERMINOLOGY}{prefix}-{'ver-status' if prefix == 'condition' else 'verification'}"
            resource["verificationStatus"] = _coded(system, verification)
        code = code or self.implied(prefix, verification)
        if code:
            resource["clinicalStatus"] = _coded(f"{_TERMINOLOGY}{prefix}-clinical", code)

    def implied(self, prefix: str, verification: str) -> str:
        """Return the course that a verification leaves open, "" when nothing may be said of it."""
        if verification == "refuted":
            return "inactive"
        return "active" if prefix == "allergyintolerance" and verification != _ERROR else ""

    def prescription(self, row: Row) -> str:
        """Return the status of a prescription; a word that is not FHIR's is unknown."""
        code = status_code(row["status"])
        return code if code in _PRESCRIPTIONS else "unknown"


class UnityProblems:
    """Makes Condition, AllergyIntolerance and MedicationRequest."""

    def __init__(self, codes: UnityCodes, times: UnityTimes, statuses: UnityStatuses) -> None:
        self.codes = codes
        self.times = times
        self.statuses = statuses

    def condition(self, row: Row, record_id: str, patient_id: str) -> Json:
        """Return the Condition of a row of problems."""
        problem: Json = {"resourceType": "Condition", "id": record_id}
        self.statuses.put(problem, row, "condition", status_code(row["detail"]))
        problem["category"] = [_coded(f"{_TERMINOLOGY}condition-category", "problem-list-item")]
        self.codes.put(problem, "code", row, "problems")
        problem["subject"] = {"reference": f"Patient/{patient_id}"}
        self.times.put(problem, "onsetDateTime", row["displaydate"])
        return problem

    def allergy(self, row: Row, record_id: str, patient_id: str) -> Json:
        """Return the AllergyIntolerance of a row of allergies."""
        allergy: Json = {"resourceType": "AllergyIntolerance", "id": record_id}
        self.statuses.put(allergy, row, "allergyintolerance")
        self.codes.put(allergy, "code", row, "allergies")
        allergy["patient"] = {"reference": f"Patient/{patient_id}"}
        self.times.put(allergy, "recordedDate", row["displaydate"])
        if row["detail"].strip(" "):
            allergy["reaction"] = [{"manifestation": [{"text": row["detail"].strip(" ")}]}]
        return allergy

    def prescription(self, row: Row, listed: Row | None, record_id: str, patient_id: str) -> Json:
        """Return the MedicationRequest of a row of medications and of the same one in the list of prescriptions."""
        intent = _INTENTS.get((listed or {}).get("ExpectedAction", "").strip(" ").lower())
        if listed is None or intent is None:
            raise payload_refusal("a prescription does not tell its intent")
        request: Json = {
            "resourceType": "MedicationRequest",
            "id": record_id,
            "status": self.statuses.prescription(row),
            "intent": intent,
        }
        self.codes.put(request, "medicationCodeableConcept", row, "medications")
        request["subject"] = {"reference": f"Patient/{patient_id}"}
        self.times.put(request, "authoredOn", row["displaydate"])
        provider = listed["ResponsibleProvider"].strip(" ")
        if provider:
            request["requester"] = {"display": provider}
        elif intent == "order":  # somebody has ordered it (us-core-21)
            request["requester"] = {"extension": [{"url": DATA_ABSENT, "valueCode": "unknown"}]}
        if row["detail"].strip(" "):
            request["dosageInstruction"] = [{"text": row["detail"].strip(" ")}]
        return request | self.dispensing(listed)

    def dispensing(self, listed: Row) -> Json:
        """Return how often a prescription may be filled again, if that is told."""
        told = listed["refills"].strip(" ")
        return {"dispenseRequest": {"numberOfRepeatsAllowed": int(told)}} if _COUNT.fullmatch(told) else {}


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}
