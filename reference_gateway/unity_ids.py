"""The gateway's own ids in front of Unity: made of what Unity calls a record, so that they are stable and lead back.

p13 is the patient with number 13; p13.H1200010 is that patient's record with the transaction number H1200010.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reference_gateway.refusal import not_found

_PATIENT = re.compile(r"p([1-9]\d{0,17})", re.ASCII)
_RECORD = re.compile(r"p([1-9]\d{0,17})\.([A-Za-z0-9\-]{1,40})", re.ASCII)


@dataclass(frozen=True)
class RecordId:
    """Whose record, and which one."""

    patient: str
    key: str


class UnityIds:
    """Makes ids and reads them."""

    def patient(self, number: str) -> str:
        """Return the id of the patient with a number of Unity."""
        return f"p{number}"

    def record(self, number: str, key: str) -> str:
        """Return the id of a patient's record."""
        return f"p{number}.{key}"

    def patient_number(self, patient_id: str) -> str:
        """Return Unity's number. Raises Refusal 404 for an id that was not made here."""
        match = _PATIENT.fullmatch(patient_id)
        if match is None:
            raise not_found("this Patient")
        return match[1]

    def read(self, resource_type: str, record_id: str) -> RecordId:
        """Return what an id stands for. Raises Refusal 404 for an id that was not made here."""
        match = _RECORD.fullmatch(record_id)
        if match is None:
            raise not_found(f"this {resource_type}")
        return RecordId(match[1], match[2])
