"""Times without zone: what GetServerInfo says of them, and the two nights on which clocks are changed."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from mock_ehr.record import Record
from synthetic.population import Chart
from tests.mock_ehr.vendors.allscripts.clinic import PATIENT, Clinic

INSTANTS = {
    "winter": ("2026-01-15T17:00:00Z", "2026-01-15T12:00:00", "-05:00"),
    "summer": ("2026-07-15T17:00:00Z", "2026-07-15T13:00:00", "-04:00"),
    "last second before the gap": ("2026-03-08T06:59:59Z", "2026-03-08T01:59:59", "-05:00"),
    "first second after the gap": ("2026-03-08T07:00:00Z", "2026-03-08T03:00:00", "-04:00"),
    "first of two half past one": ("2026-11-01T05:30:00Z", "2026-11-01T01:30:00", "-04:00"),
    "second of two half past one": ("2026-11-01T06:30:00Z", "2026-11-01T01:30:00", "-05:00"),
}


@pytest.mark.parametrize(("instant", "shown", "offset"), INSTANTS.values(), ids=INSTANTS)
def test_server_info_tells_the_offset(clinic: Clinic, instant: str, shown: str, offset: str) -> None:
    clinic.state.clock.set(seconds(instant))
    clinic.log_in()
    row = clinic.rows("GetServerInfo")[0]
    assert row["ServerTime"] == shown
    assert row["ServerDateTimeOffset"] == f"{shown}.0000000{offset}"
    assert row["ServerTimeZone"] == "Eastern Standard Time"


def seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def test_the_repeated_hour_cannot_be_told_apart(clinic: Clinic, chart: Chart) -> None:
    """Two notes an hour apart have the same time in Unity, and different instants out of band."""
    for name in ("first of two half past one", "second of two half past one"):
        clinic.state.clock.set(seconds(INSTANTS[name][0]))
        clinic.log_in()
        clinic.rows("SaveNote", PATIENT, name, "Letter", "Final", "N")
    rows = [row for row in clinic.rows("GetDocuments", PATIENT) if row["documenttype"] == "Letter"]
    assert [row["documentdate"] for row in rows] == ["01-Nov-2026 1:30 AM"] * 2
    assert [body["date"] for body in clinic.written("DocumentReference")] == [
        INSTANTS[name][0] for name in INSTANTS if "two" in name
    ]


def test_a_filter_in_the_missing_hour_is_taken_as_it_stands(clinic: Clinic) -> None:
    clinic.state.clock.set(seconds("2026-03-08T07:00:00Z"))
    clinic.log_in()
    clinic.rows("SaveNote", PATIENT, "x", "Letter", "Final", "N")
    assert len(clinic.rows("GetDocuments", PATIENT, "3/8/2026 2:30:00 AM", "", "", "Letter")) == 1
    assert not clinic.rows("GetDocuments", PATIENT, "3/8/2026 3:00:01 AM", "", "", "Letter")


def test_a_visit_past_midnight_utc_belongs_to_the_evening_before(clinic: Clinic, chart: Chart) -> None:
    body = (
        b'{"resourceType":"Appointment","id":"late","status":"booked","start":"2026-07-01T01:00:00Z",'
        b'"end":"2026-07-01T01:20:00Z","participant":[{"actor":{"reference":"Patient/%s"},"status":"accepted"}]}'
        % chart.id.encode()
    )
    clinic.state.store.add(Record("Appointment", "late", chart.id, body, written=True))
    rows = clinic.rows("GetSchedule", PATIENT, "06/30/2026")
    assert [(row["ApptTime"], row["ApptTime2"]) for row in rows] == [("21:00", "6/30/2026 9:00:00 PM")]
    assert clinic.rows("GetSchedule", PATIENT, "07/01/2026") == []


def test_five_layouts_and_no_zone(clinic: Clinic) -> None:
    shown = str([clinic.rows(action, PATIENT) for action in ("GetPatient", "GetClinicalSummary", "GetOrders")])
    for layout in (
        r"'\d\d-[A-Z][a-z]{2}-\d{4}'",
        r"'\d\d-[A-Z][a-z]{2}-\d{4} \d+:\d\d [ap]m'",
        r"'\d\d-[A-Z][a-z]{2}-\d{4} \d+:\d\d [AP]M'",
        r"'\d+/\d+/\d{4} \d+:\d\d:\d\d [AP]M'",
        r"'\d\d/\d\d/\d{4}'",
    ):
        assert re.search(layout, shown), layout
    assert not re.search(r"\d{4}-\d\d-\d\dT|\dZ'", shown)
