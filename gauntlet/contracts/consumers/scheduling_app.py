"""The scheduling app: shows a patient's appointments, also on a watch, and reminds of them."""

from __future__ import annotations

from pact import match

from gauntlet.contracts.consumers.wording import INSTANT, Asked, exactly, given, like, one_of, searchset

_STATUS = one_of(
    "booked", "proposed", "pending", "arrived", "fulfilled", "cancelled", "noshow", "checked-in", "waitlist"
)
_THE_PATIENT = {
    "actor": {"reference": given("Patient/${patient}")},
    "status": one_of("accepted", "declined", "tentative", "needs-action"),
}
_APPOINTMENT = {
    "resourceType": exactly("Appointment"),
    "id": like("eAppointment1", r"[A-Za-z0-9\-.]{1,64}"),
    "status": _STATUS,
    "participant": match.array_containing([_THE_PATIENT]),
}
NAME = "scheduling-app"
INTERACTIONS = (
    Asked(
        "appointments of a patient",
        "a patient with a booked appointment",
        "/Appointment",
        searchset(_APPOINTMENT),
        {"patient": "${patient}"},
    ),
    Asked(
        "a booked appointment",
        "a patient with a booked appointment",
        "/Appointment/${appointment}",
        {
            **_APPOINTMENT,
            "id": given("${appointment}"),
            "status": "booked",
            "start": like("2026-06-15T13:00:00Z", INSTANT),
            "end": like("2026-06-15T13:20:00Z", INSTANT),
        },
    ),
    Asked(
        "an appointment that was cancelled",
        "an appointment was cancelled at the EHR",
        "/Appointment/${appointment}",
        {"resourceType": "Appointment", "id": given("${appointment}"), "status": "cancelled"},
    ),
    Asked(
        "booked appointments only",
        "a patient with a booked appointment",
        "/Appointment",
        searchset({**_APPOINTMENT, "status": exactly("booked")}),
        {"patient": "${patient}", "status": "booked"},
    ),
)
