"""Faults on Unity: what the web tier, a proxy or a confused EHR would send in place of rows."""

from __future__ import annotations

from typing import Any

import pytest

from mock_ehr.message import Ending
from synthetic.population import Chart, Population
from tests.mock_ehr.vendors.allscripts.clinic import NEIGHBOUR, PATIENT, RICH, Clinic


def arm(clinic: Clinic, behaviour: dict[str, Any], **match: Any) -> None:
    clinic.state.faults.arm({"name": "f", "match": match, "behaviour": behaviour})


def applied(clinic: Clinic) -> int:
    return int(clinic.state.faults.listing()[0]["applied"])


def test_facts_of_a_call_are_in_the_journal(clinic: Clinic, chart: Chart) -> None:
    clinic.rows("GetClinicalSummary", PATIENT, "Vitals")
    entry = clinic.journal()[-1]
    assert (entry["kind"], entry["interaction"], entry["resource_type"]) == ("data", "search", "Observation")
    assert (entry["client_id"], entry["patients"]) == ("svc", [chart.id])
    clinic.get_token()
    assert (clinic.journal()[-1]["kind"], clinic.journal()[-1]["client_id"]) == ("token", "svc")


@pytest.mark.parametrize(
    ("match", "strikes", "spares"),
    [
        ({"path": "*/GetPatient"}, "GetPatient", "GetOrders"),
        ({"type": "ServiceRequest"}, "GetOrders", "GetPatient"),
        ({"interaction": "create"}, "SaveTask", "GetPatient"),
        ({"kind": "metadata"}, "GetServerInfo", "GetPatient"),
    ],
)
def test_faults_match_on_the_action(clinic: Clinic, match: dict[str, str], strikes: str, spares: str) -> None:
    arm(clinic, {"kind": "status", "status": 503}, **match)
    assert clinic.magic(spares, PATIENT).status == 200
    assert clinic.magic(strikes, PATIENT).status == 503


def test_faults_match_on_the_patient_by_its_fhir_id(clinic: Clinic, chart: Chart) -> None:
    arm(clinic, {"kind": "status", "status": 500}, patient=chart.id)
    assert [clinic.magic("GetPatient", number).status for number in (NEIGHBOUR, PATIENT)] == [200, 500]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [("vendor", "text/html; charset=utf-8"), ("html", "text/html; charset=utf-8"), ("empty", None)],
)
def test_status_faults_have_the_bodies_of_the_web_tier(clinic: Clinic, body: str, content_type: str | None) -> None:
    arm(clinic, {"kind": "status", "status": 503, "body": body, "headers": {"Retry-After": "7"}})
    seen = clinic.magic("GetPatient", PATIENT)
    assert (seen.status, seen.headers.get("content-type"), seen.headers["retry-after"]) == (503, content_type, "7")


def test_token_expiry_is_session_loss_under_200(clinic: Clinic) -> None:
    arm(clinic, {"kind": "token-expiry"}, first=1)
    assert "inactivity" in clinic.error("GetPatient", PATIENT)
    assert applied(clinic) == 1
    assert "inactivity" in clinic.error("GetPatient", PATIENT)
    clinic.log_in()
    assert clinic.rows("GetPatient", PATIENT)


@pytest.mark.parametrize("action", ["GetPatient", "GetClinicalSummary", "GetMedicationByTransID"])
def test_wrong_patient(clinic: Clinic, population: Population, action: str) -> None:
    right = clinic.rows(action, PATIENT)
    arm(clinic, {"kind": "wrong-patient"})
    wrong = clinic.rows(action, PATIENT)
    assert wrong != right
    assert applied(clinic) == 1
    clinic.state.faults.clear()
    assert wrong == clinic.rows(action, NEIGHBOUR)
    assert population.chart(RICH + 1).id in clinic.journal()[-2]["patients"]


def test_wrong_patient_does_not_touch_an_unknown_one(clinic: Clinic) -> None:
    arm(clinic, {"kind": "wrong-patient"})
    assert clinic.rows("GetOrders", "9999") == []
    assert applied(clinic) == 0


def test_drift_renames_and_removes_columns(clinic: Clinic) -> None:
    arm(clinic, {"kind": "drift", "rename": {"Firstname": "FirstName"}, "remove": ["ssn"], "set": {"mrn": "0"}})
    (row,) = clinic.rows("GetPatient", PATIENT)
    assert ("Firstname" in row, "FirstName" in row, "ssn" in row, row["mrn"]) == (False, True, False, "0")
    assert applied(clinic) == 1
    assert "not valid" in clinic.error("Frobnicate")


def test_rows_can_be_duplicated_or_missing(clinic: Clinic) -> None:
    rows = clinic.rows("GetOrders", PATIENT)
    arm(clinic, {"kind": "duplicate", "entries": 1})
    assert len(clinic.rows("GetOrders", PATIENT)) == len(rows) + 1
    clinic.state.faults.clear()
    arm(clinic, {"kind": "missing", "entries": 1})
    assert len(clinic.rows("GetOrders", PATIENT)) == len(rows) - 1


def test_a_save_whose_answer_is_lost_was_committed(clinic: Clinic) -> None:
    arm(clinic, {"kind": "drop", "when": "after"}, interaction="create")
    seen = clinic.magic("SaveTask", PATIENT, "Call Back", "jdoe")
    assert (seen.ending, len(clinic.written("Task"))) == (Ending.RESET, 1)
    assert clinic.journal()[-1]["committed"] is True


def test_a_save_that_is_refused_by_status_was_not(clinic: Clinic) -> None:
    arm(clinic, {"kind": "status", "status": 503}, interaction="create")
    clinic.magic("SaveTask", PATIENT, "Call Back", "jdoe")
    assert clinic.written("Task") == []


def test_rate_limits_apply(clinic: Clinic) -> None:
    clinic.state.throttle.configure({"rate_per_s": 1, "burst": 2})
    assert [clinic.magic("GetPatient", PATIENT).status for _ in range(3)] == [200, 200, 429]


def test_the_login_page_instead_of_rows(clinic: Clinic) -> None:
    arm(clinic, {"kind": "html"})
    seen = clinic.magic("GetPatient", PATIENT)
    assert (seen.status, seen.headers["content-type"]) == (200, "text/html; charset=utf-8")
