"""EHR launches: the user has a patient open and starts an app from there."""

from __future__ import annotations

from typing import Any

from mock_ehr.authorizations import Launch
from mock_ehr.control.console import Console
from mock_ehr.control.groups import known_patient
from mock_ehr.control.refusal import absent
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import number, record, text

LIFETIME_S = 300.0


def start(console: Console, call: Call) -> Any:
    """Start an app from the EHR; the answer holds the token that the app takes to the authorization endpoint."""
    state, asked = console.state, call.body
    if asked["client_id"] not in state.clients:
        raise absent(f"no client {asked['client_id']!r}", "GET /clients lists those that are registered")
    patient = known_patient(console, asked["patient"]) if "patient" in asked else ""
    user = asked.get("user") or first_user(console)
    kind, _, name = user.partition("/")
    if state.store.find(kind, name) is None:
        raise absent(f"no user {user!r}", "give a reference like Practitioner/id")
    expires = state.clock.now() + asked.get("lifetime_s", LIFETIME_S)
    launch = Launch(asked["client_id"], user, patient, asked.get("encounter", ""), expires)
    return {"launch": state.authorizations.launches.add(launch), "user": user, "expires": expires}


def first_user(console: Console) -> str:
    """Return the first clinician of the directory."""
    staff = next(iter(console.state.store.of_type("Practitioner")), None)
    if staff is None:
        raise absent("no Practitioner in the directory", 'give "user"')
    return f"Practitioner/{staff.id}"


ROUTES = (
    Route(
        "POST", "/launches", "startLaunch", "Start an app from the EHR: returns the launch token of an EHR launch",
        start,
        body=record(
            {
                "client_id": text("the app"),
                "user": text("reference of who started it, the first Practitioner unless given"),
                "patient": text("id of the patient that was open"),
                "encounter": text("id of the encounter that was open"),
                "lifetime_s": number("seconds, 300 unless given", exclusiveMinimum=0, maximum=86_400),
            },
            "client_id",
        ),
        gives=record(
            {"launch": text("launch token"), "user": text("reference"), "expires": number("epoch seconds")},
            "launch", "user", "expires",
        ),
    ),
)  # fmt: skip
