"""Encounters and appointments out of Unity's rows.

An encounter of Unity is an appointment, a telephone contact or an entry into the chart; its rows have no status. An
entry into the chart may be a stay or an emergency: it keeps the site's own class.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from reference_gateway.ehr_failures import payload_refusal
from reference_gateway.json_text import Json
from reference_gateway.unity_answers import Row
from reference_gateway.unity_codes import AMBIGUOUS_TIME, mark
from reference_gateway.unity_problems import DATA_ABSENT, status_code
from reference_gateway.unity_times import UnityTimes

_ACT_CODES = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CLASSES: Mapping[str, Json] = {
    "appointment": {"system": _ACT_CODES, "code": "AMB", "display": "ambulatory"},
    "telephone": {"system": _ACT_CODES, "code": "VR", "display": "virtual"},
}
_BOOKINGS: Mapping[str, str] = {
    "scheduled": "booked",
    "pending": "pending",
    "requested": "proposed",
    "wait-list": "waitlist",
    "arrived": "arrived",
    "checked-in": "checked-in",
    "checked-out": "fulfilled",
    "cancelled": "cancelled",
    "no-show": "noshow",
    "entered-in-error": "entered-in-error",
}
_UNSCHEDULED = ("proposed", "waitlist", "cancelled")  # may be without a time (app-3)


class UnityVisits:
    """Makes Encounters and Appointments. `now` is the wall time in epoch seconds."""

    def __init__(self, times: UnityTimes, local_codes: str, now: Callable[[], float]) -> None:
        self.times = times
        self.local_codes = local_codes
        self.now = now

    def encounter(self, row: Row, record_id: str, patient_id: str) -> Json:
        """Return the Encounter of a row."""
        encounter: Json = {
            "resourceType": "Encounter",
            "id": record_id,
            "status": self.status(row),
            "class": self.kind(row["EncounterType"].strip(" ")),
            "type": [{"text": row["EncounterType"].strip(" ")}],
            "subject": {"reference": f"Patient/{patient_id}"},
        }
        period: Json = {}
        self.times.put(period, "start", row["DTTM"])
        if period.pop("meta", None):
            mark(encounter, AMBIGUOUS_TIME)
        provider = row["PerformingProviderName"].strip(" ")
        if provider:
            encounter["participant"] = [{"individual": {"display": provider}}]
        return encounter | ({"period": period} if period else {})

    def status(self, row: Row) -> str:
        """Return the status: planned when it is still to come; of what has begun, rows do not tell how it stands."""
        moment = self.times.moment(row["DTTM"])
        begins = moment.instant if moment else None
        return "planned" if begins and begins > dt.datetime.fromtimestamp(self.now(), dt.UTC) else "unknown"

    def kind(self, text: str) -> Json:
        """Return the class of an encounter: v3-ActCode where the type says it, else the site's own."""
        own = {"system": f"{self.local_codes}encounter-type", "code": text or "unknown"}
        return _CLASSES.get(text.lower(), own)

    def appointment(self, row: Row, record_id: str, patient_id: str) -> Json:
        """Return the Appointment of a row. Raises Refusal 502 for a status or time that has no meaning in FHIR."""
        status = self.booking(row)
        appointment: Json = {
            "resourceType": "Appointment",
            "id": record_id,
            "status": status,
            "serviceType": [{"text": row["type"].strip(" ")}] if row["type"].strip(" ") else [],
            "description": row["SchedText"].strip(" "),
            **self.span(row, status),
            "comment": row["Comment"].strip(" "),
            "participant": [
                {"actor": {"reference": f"Patient/{patient_id}"}, "status": "accepted"},
                *({"actor": {"display": name}, "status": "accepted"} for name in _others(row)),
            ],
        }
        return {name: value for name, value in appointment.items() if value}

    def booking(self, row: Row) -> str:
        """Return the status of an appointment. Raises Refusal 502 for a word that is not in the table."""
        status = _BOOKINGS.get(status_code(row["Status"]))
        if status is None:
            raise payload_refusal("the status of an appointment is not in the mapping table")
        return status

    def span(self, row: Row, status: str) -> Json:
        """Return start, end and length. Raises Refusal 502 when a time is needed and none can be told."""
        moment = self.times.moment(row["ApptTime2"])
        if moment is None or moment.instant is None:
            if status in _UNSCHEDULED:
                return {}
            raise payload_refusal("an appointment has no time")
        minutes = int(row["Duration"]) if row["Duration"].strip(" ").isdecimal() else 0
        span: Json = {"start": moment.text}
        if minutes:
            end = (moment.instant.astimezone(dt.UTC) + dt.timedelta(minutes=minutes)).astimezone(moment.instant.tzinfo)
            span |= {"end": end.isoformat(timespec="seconds"), "minutesDuration": minutes}
        else:  # app-2: start and end go together
            span["_end"] = {"extension": [{"url": DATA_ABSENT, "valueCode": "unknown"}]}
        if moment.ambiguous:
            mark(span, AMBIGUOUS_TIME)
        return span


def _others(row: Row) -> list[str]:
    return [name for name in (row["Provider"].strip(" "), row["LocationName"].strip(" ")) if name]
