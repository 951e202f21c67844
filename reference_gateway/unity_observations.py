"""Observations out of the rows of GetClinicalSummary: vital signs, results and social history.

Blood pressure is two rows, told apart by the codes 2 and 3 and without a unit; a result is one text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reference_gateway.json_text import Json
from reference_gateway.unity_answers import Row
from reference_gateway.unity_codes import LOINC, UnityCodes
from reference_gateway.unity_problems import status_code
from reference_gateway.unity_times import UnityTimes
from reference_gateway.unity_values import UnityValues

SECTIONS: Mapping[str, str] = {"vital-signs": "vitals", "laboratory": "results", "social-history": "history"}
_CATEGORIES: Mapping[str, str] = {section: category for category, section in SECTIONS.items()}
_CATEGORY_SYSTEM = "http://terminology.hl7.org/CodeSystem/observation-category"
_PRESSURE = "85354-9"
_HALVES: Mapping[str, tuple[str, str]] = {
    "2": ("8480-6", "Systolic blood pressure"),
    "3": ("8462-4", "Diastolic blood pressure"),
}
_PRESSURE_UNIT = "mmHg"
_COMPANIONS: Mapping[str, str] = {"59408-5": "2708-6"}  # oxygen saturation (US Core 6.1, pulse oximetry)
_STATUSES = ("registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown")


class UnityObservations:
    """Makes Observations."""

    def __init__(self, codes: UnityCodes, times: UnityTimes, values: UnityValues) -> None:
        self.codes = codes
        self.times = times
        self.values = values

    def groups(self, rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
        """Yield the rows of one observation at a time: a pressure's second half follows its first."""
        rest = list(rows)
        while rest:
            row = rest.pop(0)
            if _is_half(row, "2") and rest and _is_half(rest[0], "3"):
                yield row, rest.pop(0)
            else:
                yield (row,)

    def resource(self, rows: Sequence[Row], record_id: str, patient_id: str) -> Json:
        """Return the Observation of one group of rows."""
        row = rows[0]
        section, status = row["section"], status_code(row["status"])
        observation: Json = {
            "resourceType": "Observation",
            "id": record_id,
            "status": status if status in _STATUSES else "unknown",
            "category": [{"coding": [{"system": _CATEGORY_SYSTEM, "code": _CATEGORIES[section]}]}],
        }
        self.codes.put(observation, "code", row, section)
        self.put_companions(observation["code"])
        observation["subject"] = {"reference": f"Patient/{patient_id}"}
        self.times.put(observation, "effectiveDateTime", row["displaydate"])
        if row["code"].strip(" ") in _HALVES and row["entrycode"].strip(" ") == _PRESSURE:
            observation["code"] = {"coding": [{"system": LOINC, "code": _PRESSURE}], "text": row["description"]}
            observation["component"] = [self.half(each) for each in rows]
            return observation
        return observation | self.found(row, section)

    def put_companions(self, concept: Json) -> None:
        """Add the second code that US Core asks for beside some: of the same thing, said more generally."""
        codings = concept.get("coding", [])
        told = {item["code"] for item in codings if item["system"] == LOINC}
        codings += [
            {"system": LOINC, "code": also} for code, also in _COMPANIONS.items() if code in told and also not in told
        ]

    def found(self, row: Row, section: str) -> Json:
        """Return what was found."""
        if section == "results":
            return self.values.packed(row["detail"].strip(" "), row["description"].strip(" "))
        found = self.values.value(row["detail"])
        if section == "history" and "valueString" in found:  # answers out of lists
            return {"valueCodeableConcept": {"text": found["valueString"]}}
        return found

    def half(self, row: Row) -> Json:
        """Return one half of a blood pressure; Unity keeps both in mmHg and does not say so."""
        code, display = _HALVES[row["code"].strip(" ")]
        component: Json = {"code": {"coding": [{"system": LOINC, "code": code, "display": display}]}}
        text = row["detail"].strip(" ")
        return component | self.values.value(f"{text} {_PRESSURE_UNIT}" if text else "")


def _is_half(row: Row, code: str) -> bool:
    return row["entrycode"].strip(" ") == _PRESSURE and row["code"].strip(" ") == code
