"""Unity rows about appointments and orders: getscheduleinfo and getordersinfo."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from synthetic.hospital import HOSPITAL_NAME
from synthetic.writers.record import Body, Record, first
from synthetic.writers.unity_dates import Layout
from synthetic.writers.unity_people import legal_name, patient_number, provider_code
from synthetic.writers.unity_quirks import Quirks, Row

# What a receptionist reads, and the colour beside it.
_STATUSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "booked": ("Scheduled", "White"),
        "pending": ("Pending", "Yellow"),
        "proposed": ("Requested", "Yellow"),
        "waitlist": ("Wait List", "Yellow"),
        "arrived": ("Arrived", "Green"),
        "fulfilled": ("Checked Out", "Gray"),
        "cancelled": ("Cancelled", "Red"),
        "noshow": ("No Show", "Red"),
    }
)


def schedule_rows(record: Record, quirks: Quirks) -> list[Row]:
    """GetSchedule: a row for each appointment, in order of the chart."""
    came = {
        reference["reference"]: visit
        for visit in record.of_type("Encounter")
        for reference in visit.get("appointment", [])
    }
    return [
        quirks.finished(_appointment(record, body, came.get(f"Appointment/{body['id']}"), quirks))
        for body in record.of_type("Appointment")
    ]


def order_rows(record: Record, quirks: Quirks) -> list[Row]:
    """GetOrders: a row for each laboratory order."""
    return [
        quirks.finished(_order(record, number, body, quirks))
        for number, body in enumerate(record.of_type("ServiceRequest"), 1)
    ]


def _appointment(record: Record, body: Body, visit: Body | None, quirks: Quirks) -> Row:
    given, family = legal_name(record.patient)
    status, colour = _STATUSES.get(body["status"], (body["status"].capitalize(), "White"))
    who = record.practitioner(entry.get("actor") for entry in body["participant"])
    places = [entry.get("actor", {}) for entry in body["participant"]]
    start = body.get("start", "")
    comment, service = body.get("comment", ""), first(body.get("serviceType", [])).get("text", "")
    return {
        "patientID": patient_number(record.chart.index),
        "Patient": f"{family}, {given}" if family else given,
        "PatientFirstName": given,
        "PatientLastName": family,
        "ApptTime": _clock(start, quirks),
        "ApptTime2": quirks.time(start, Layout.SERVER),
        "Status": status,
        "statuscolor": colour,
        "Duration": str(body.get("minutesDuration", "")),
        **_waited(visit, quirks),
        "OrganizationID": "1",
        "organizationMRN": record.chart.mrn,
        "OrgName": HOSPITAL_NAME,
        "ProviderID": provider_code(who) if who else "",
        "Provider": f"{who.family}, {who.given}" if who else "",
        "LocationName": next((one["display"] for one in places if one["reference"].startswith("Location/")), ""),
        "SchedComment": comment,
        "Comment": comment,
        "SchedText": body.get("description", ""),
        "type": service,
        "base64image": "",
    }


def _waited(visit: Body | None, quirks: Quirks) -> Row:
    """When someone came in, was seen and left: the encounter knows the last two, and coming in is as good as seen."""
    period = visit["period"] if visit and visit["status"] in ("finished", "in-progress") else {}
    start, end = _clock(period.get("start", ""), quirks), _clock(period.get("end", ""), quirks)
    return {"TimeIn": start, "TimeStart": start, "TimeOut": end}


def _clock(text: str, quirks: Quirks) -> str:
    """09:00, in hospital time or (with a Z) in UTC."""
    plain = Quirks(local_times=quirks.local_times, mixed_layouts=False).time(text, Layout.SERVER)
    return plain[11:16] + ("" if quirks.local_times else "Z") if plain else ""


def _order(record: Record, number: int, body: Body, quirks: Quirks) -> Row:
    given, family = legal_name(record.patient)
    who = record.practitioner([body.get("requester")])
    order_id = int(body["id"]) if body["id"].isdecimal() else (record.chart.index + 1) * 100_000 + number
    born = record.patient.get("birthDate", "")
    return {
        "firstname": given,
        "lastname": family,
        "patientid": patient_number(record.chart.index),
        "dateofbirth": quirks.time(born, Layout.SERVER),
        "orderdate": quirks.time(body.get("authoredOn", ""), Layout.SERVER),
        "orderid": str(order_id),
        "OrderItemID": str(-order_id),
        "ordername": body["code"].get("text", ""),
        "orderstatus": body["status"].capitalize(),
        "orderedbyname": f"{who.family}, {who.given}" if who else "",
        "orderextid": body["id"],
        "reqID": "",
        "rplid": "",
    }
