"""Immunizations out of the rows of GetClinicalSummary: what was given, or was not, and on which day.

A row knows neither who gave it, nor the reason why it was not given, nor where the site has it from.
"""

from __future__ import annotations

from reference_gateway.ehr_failures import payload_refusal
from reference_gateway.json_text import Json
from reference_gateway.unity_answers import Row
from reference_gateway.unity_codes import UnityCodes
from reference_gateway.unity_problems import DATA_ABSENT, status_code
from reference_gateway.unity_times import UnityTimes

SECTION = "immunizations"
_STATUSES = ("completed", "entered-in-error", "not-done")


class UnityImmunizations:
    """Makes Immunizations."""

    def __init__(self, codes: UnityCodes, times: UnityTimes) -> None:
        self.codes = codes
        self.times = times

    def resource(self, row: Row, record_id: str, patient_id: str) -> Json:
        """Return the Immunization of a row. Raises Refusal 502 for a status that R4 does not have: nobody guesses."""
        status = status_code(row["status"])
        if status not in _STATUSES:
            raise payload_refusal("an immunization does not tell whether it was given")
        immunization: Json = {"resourceType": "Immunization", "id": record_id, "status": status}
        self.codes.put(immunization, "vaccineCode", row, SECTION)
        immunization["patient"] = {"reference": f"Patient/{patient_id}"}
        self.times.put(immunization, "occurrenceDateTime", row["displaydate"])
        if "occurrenceDateTime" not in immunization:  # R4 asks for one
            immunization["_occurrenceDateTime"] = {"extension": [{"url": DATA_ABSENT, "valueCode": "unknown"}]}
        return immunization
