"""Defects in kinds of encounters and in what no longer holds (MAP-07, MAP-08); in front of Unity."""

from __future__ import annotations

from typing import Any

from reference_gateway.defects.defect import Defect, swap
from reference_gateway.json_text import Json
from reference_gateway.unity_answers import Row
from reference_gateway.unity_observations import UnityObservations
from reference_gateway.unity_problems import UnityStatuses
from reference_gateway.unity_visits import UnityVisits

_OTHER = {"appointment": "Telephone", "telephone": "Appointment"}


class SwapsVisitClasses(UnityVisits):
    """Has two rows of its table exchanged."""

    def kind(self, text: str) -> Json:
        """Return the class of the other kind."""
        return super().kind(_OTHER.get(text.lower(), text))


class EveryVisitIsAmbulatory(UnityVisits):
    """Knows one kind of encounter."""

    def kind(self, text: str) -> Json:  # noqa: ARG002 - the honest signature
        """Return the class of an appointment."""
        return super().kind("Appointment")


class WhatBeganIsFinished(UnityVisits):
    """Concludes from a start in the past that a visit is over."""

    def status(self, row: Row) -> str:
        """Return finished for what has begun."""
        status = super().status(row)
        return "finished" if status == "unknown" else status


class TakesErrorsForFacts(UnityStatuses):
    """Reads every status as one of the clinical course."""

    def put(self, resource: Json, row: Row, prefix: str, verification: str = "") -> None:
        """Put the status of an active record where the row has one of the verification."""
        known = row["status"].strip().lower() in (
            "active",
            "inactive",
            "resolved",
            "recurrence",
            "relapse",
            "remission",
        )
        super().put(resource, row if known else {**row, "status": "Active"}, prefix, verification if known else "")


class EveryPrescriptionIsActive(UnityStatuses):
    """Does not read the status of prescriptions."""

    def prescription(self, row: Row) -> str:  # noqa: ARG002 - the honest signature
        """Return active."""
        return "active"


class EveryResultIsFinal(UnityObservations):
    """Does not read the status of results."""

    def resource(self, rows: Any, record_id: str, patient_id: str) -> Json:
        """Return the observation as final."""
        return {**super().resource(rows, record_id, patient_id), "status": "final"}


class EveryAppointmentIsBooked(UnityVisits):
    """Does not read the status of appointments to come."""

    def booking(self, row: Row) -> str:
        """Return booked for what was cancelled."""
        status = super().booking(row)
        return "booked" if status == "cancelled" else status


def _defect(name: str, breaks: str, summary: str, **part: Any) -> Defect:
    return swap(name, breaks, summary, target="unity", **part)


DEFECTS = (
    _defect(
        "swaps-visit-classes", "MAP-07", "takes calls for visits and visits for calls", unity_visits=SwapsVisitClasses
    ),
    _defect("every-visit-is-ambulatory", "MAP-07", "makes a visit of a stay", unity_visits=EveryVisitIsAmbulatory),
    _defect("what-began-is-finished", "MAP-07", "calls a visit under way finished", unity_visits=WhatBeganIsFinished),
    _defect(
        "takes-errors-for-facts", "MAP-08", "calls refuted and wrong records active", unity_statuses=TakesErrorsForFacts
    ),
    _defect(
        "every-prescription-is-active",
        "MAP-08",
        "calls cancelled prescriptions active",
        unity_statuses=EveryPrescriptionIsActive,
    ),
    _defect("every-result-is-final", "MAP-08", "calls every result final", unity_observations=EveryResultIsFinal),
    _defect(
        "every-appointment-is-booked",
        "MAP-08",
        "calls cancelled appointments booked",
        unity_visits=EveryAppointmentIsBooked,
    ),
)
