"""The guard against another patient's data: what the EHR sends must be what was asked for, or nothing is delivered."""

from __future__ import annotations

from reference_gateway.compartment import mentioned_patients
from reference_gateway.ehr_failures import payload_refusal
from reference_gateway.json_text import Json
from reference_gateway.refusal import Refusal


class PatientGuard:
    """Compares whose data came with whose data was asked for."""

    def check_read(self, resource: Json, resource_type: str, resource_id: str) -> None:
        """Raise Refusal 502 unless this is the very record that was asked for, about one patient."""
        if resource_type == "Patient" == resource.get("resourceType") and resource.get("id") != resource_id:
            raise wrong_patient()
        if resource.get("resourceType") != resource_type or resource.get("id") != resource_id:
            raise payload_refusal("it is another record than the one asked for")
        self.check_match(resource, None)

    def check_match(self, resource: Json, patient: str | None) -> None:
        """Raise Refusal 502 unless a search match is about `patient` only (None: about any one patient)."""
        mentioned = mentioned_patients(resource)
        if len(mentioned) != 1 or patient not in (None, *mentioned):
            raise wrong_patient()


def wrong_patient() -> Refusal:
    """Return 502: the EHR mixed up patients."""
    return Refusal(
        502, "processing", "the EHR's answer is about another patient and is withheld", reason="wrong-patient"
    )
