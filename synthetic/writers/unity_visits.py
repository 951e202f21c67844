"""Unity rows about encounters: getencounterlistinfo, where one word stands for three things.

An encounter of Unity is an appointment, a telephone contact or an entry into the chart, told apart by its type alone.
Columns as a public client reads them; which of its own types a site has is its choice, these three are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from synthetic.writers.record import Body, Record
from synthetic.writers.unity_dates import Layout
from synthetic.writers.unity_people import patient_number, provider_code
from synthetic.writers.unity_quirks import Quirks, Row

APPOINTMENT, TELEPHONE, CHART = "Appointment", "Telephone", "Chart"
ENCOUNTER_TYPES = (APPOINTMENT, TELEPHONE, CHART)
COLUMNS = (
    "ID",
    "patientid",
    "DTTM",
    "VisitID",
    "EncounterType",
    "PerformingProviderID",
    "PerformingProviderName",
    "ApptComment",
)
_TO_COME = ("booked", "pending", "proposed", "waitlist")
_PER_CHART = 10_000
_FIRST_TO_COME = 5_000


class Contact(NamedTuple):
    """One encounter of Unity. `instant` is when it begins, as FHIR writes it."""

    number: int
    type: str
    instant: str
    resource: str  # Type/id of what it is made of
    row: Row


def contacts(record: Record, quirks: Quirks) -> list[Contact]:
    """GetEncounterList: every encounter, then every appointment that is still to come, each with its row."""
    return [*_happened(record, quirks), *_to_come(record, quirks)]


def encounter_type(body: Body) -> str:
    """What Unity calls a FHIR Encounter: its type of encounter."""
    code = body.get("class", {}).get("code", "")
    if code == "VR":
        return TELEPHONE
    return APPOINTMENT if code == "AMB" else CHART


def _happened(record: Record, quirks: Quirks) -> Iterator[Contact]:
    comments = {f"Appointment/{body['id']}": body.get("comment", "") for body in record.of_type("Appointment")}
    for ordinal, body in enumerate(record.of_type("Encounter"), 1):
        appointment = next((one.get("reference", "") for one in body.get("appointment", [])), "")
        who = [entry.get("individual") for entry in body.get("participant", [])]
        start, kind = body.get("period", {}).get("start", ""), encounter_type(body)
        number = _number(record, ordinal)
        row = _row(record, number, kind, start, who, comments.get(appointment, ""), quirks)
        yield Contact(number, kind, start, f"Encounter/{body['id']}", row)


def _to_come(record: Record, quirks: Quirks) -> Iterator[Contact]:
    for ordinal, body in enumerate(record.of_type("Appointment"), _FIRST_TO_COME):
        if body.get("status") in _TO_COME and body.get("start"):
            who = [entry.get("actor") for entry in body.get("participant", [])]
            number = _number(record, ordinal)
            row = _row(record, number, APPOINTMENT, body["start"], who, body.get("comment", ""), quirks)
            yield Contact(number, APPOINTMENT, body["start"], f"Appointment/{body['id']}", row)


def _number(record: Record, ordinal: int) -> int:
    return (record.chart.index + 1) * _PER_CHART + ordinal


def _row(
    record: Record, number: int, kind: str, start: str, people: list[Body | None], comment: str, quirks: Quirks
) -> Row:
    who = record.practitioner(people)
    return quirks.finished(
        {
            "ID": str(number),
            "patientid": patient_number(record.chart.index),
            "DTTM": quirks.time(start, Layout.SERVER),
            "VisitID": str(number),
            "EncounterType": kind,
            "PerformingProviderID": provider_code(who) if who else "",
            "PerformingProviderName": f"{who.family}, {who.given}" if who else "",
            "ApptComment": comment,
        }
    )
