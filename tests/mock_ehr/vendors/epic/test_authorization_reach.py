"""How far the token of a launch reaches, on each call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_ehr.vendors.epic.launching import App


def chart(desk: Any, index: int = 0) -> Any:
    return desk.state.store.population.chart(index)


@pytest.fixture
def mine(desk: Any) -> str:
    """The token of a patient at the portal, chart 0."""
    return App(desk, registration={"scopes": ["patient/*.*"]}).log_in(scope="patient/*.*")["access_token"]


READS = [
    ("Patient/{id}", 200),
    ("Patient/{other}", 403),
    ("Patient/eUnknown", 403),
    ("Patient?_id={id}", 200),
    ("Patient?_id={other}", 403),
    ("Patient?_id={id},{other}", 403),
    ("Patient?identifier={mrn}", 200),
    ("Patient?identifier={other_mrn}", 403),
    ("Patient?family=a&given=b", 403),
    ("Condition?patient={id}", 200),
    ("Condition?patient=Patient/{id}", 200),
    ("Condition?patient={other}", 403),
    ("Condition?_id={other_condition}", 403),
    ("Condition/{condition}", 200),
    ("Condition/{other_condition}", 403),
    ("Condition/eUnknown", 404),
    ("Observation?category=vital-signs", 403),
    ("Practitioner/{staff}", 200),
]


def filled(desk: Any, path: str) -> str:
    own, other = chart(desk, 0), chart(desk, 1)
    return path.format(
        id=own.id,
        other=other.id,
        mrn=own.mrn,
        other_mrn=other.mrn,
        condition=own.of_type("Condition")[0].id,
        other_condition=other.of_type("Condition")[0].id,
        staff=next(desk.state.store.of_type("Practitioner")).id,
    )


@pytest.mark.parametrize(("path", "status"), READS)
def test_a_patient_reaches_himself(desk: Any, mine: str, path: str, status: int) -> None:
    seen = desk.get(filled(desk, path), token=mine)
    assert seen.status == status
    if status == 403:
        assert seen.codes() == ["4118"]
        assert "www-authenticate" not in seen.headers


@pytest.mark.parametrize(("path", "status"), [(path, status) for path, status in READS if status == 403])
def test_user_scopes_of_a_patient_reach_no_further(desk: Any, path: str, status: int) -> None:
    token = App(desk).log_in(scope="user/*.*")["access_token"]
    assert desk.get(filled(desk, path), token=token).status == status


@pytest.mark.parametrize(("path", "status"), READS)
def test_user_scopes_of_a_clinician_reach_everybody(desk: Any, path: str, status: int) -> None:
    user = next(desk.state.store.of_type("Practitioner")).id
    app = App(desk, registration={"auto_approve": {"user": f"Practitioner/{user}"}})
    token = app.log_in(scope="user/*.*")["access_token"]
    assert desk.get(filled(desk, path), token=token).status == desk.get(filled(desk, path)).status


def test_a_clinician_without_patient_reaches_nobody_by_patient_scopes(desk: Any) -> None:
    user = next(desk.state.store.of_type("Practitioner")).id
    app = App(desk, registration={"auto_approve": {"user": f"Practitioner/{user}"}})
    token = app.log_in(scope="patient/*.*")["access_token"]
    assert desk.get(f"Patient/{chart(desk).id}", token=token).codes() == ["4118"]


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("patient/Patient.r", "Patient/{id}", 200),
        ("patient/Patient.r", "Patient?_id={id}", 403),
        ("patient/Patient.s", "Patient/{id}", 403),
        ("patient/Observation.read", "Patient/{id}", 403),
        ("openid", "Patient/{id}", 200),
    ],
)
def test_scopes_that_were_granted_count(desk: Any, scope: str, path: str, status: int) -> None:
    token = App(desk).log_in(scope=scope)["access_token"]
    seen = desk.get(filled(desk, path), token=token)
    assert seen.status == status
    if status == 403:
        assert seen.body == b""
        assert 'error="insufficient_scope"' in seen.headers["www-authenticate"]


def test_the_present_registration_counts_too(desk: Any) -> None:
    app = App(desk)
    token = app.log_in(scope="patient/*.read")["access_token"]
    App(desk, registration={"scopes": ["patient/Observation.read"]})
    assert desk.get(f"Patient/{chart(desk).id}", token=token).body == b""


def allergy(patient: str) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "patient": {"reference": f"Patient/{patient}"},
        "code": {"text": "Nuts"},
    }


def test_writing_for_somebody_else_is_refused_and_writes_nothing(desk: Any, mine: str) -> None:
    bearer = f"Bearer {mine}"
    assert desk.post("AllergyIntolerance", allergy(chart(desk, 1).id), authorization=bearer).codes() == ["4118"]
    assert desk.post("AllergyIntolerance", {}, authorization=bearer).codes() == ["4118"]
    assert not list(desk.state.store.written())
    assert desk.post("AllergyIntolerance", allergy(chart(desk).id), authorization=bearer).status in (201, 400)


def test_a_page_of_another_patient_is_refused(desk: Any) -> None:
    app = App(desk)
    theirs = App(desk, registration={"auto_approve": {"patient": chart(desk, 1).id}})
    token = theirs.log_in(scope="patient/*.read")["access_token"]
    link = desk.get(f"Observation?patient={chart(desk, 1).id}&category=vital-signs&_count=2", token=token).link("next")
    assert desk.get(link, token=token).status == 200
    App(desk)
    assert desk.get(link, token=app.log_in(scope="patient/*.read")["access_token"]).codes() == ["4118"]


@pytest.mark.parametrize("path", ["Group/x/$export", "/FHIR/api/FHIR/BulkRequest/0"])
def test_bulk_export_is_for_backend_clients(desk: Any, mine: str, path: str) -> None:
    seen = desk.get(path, token=mine)
    assert (seen.status, seen.body) == (403, b"")


def test_the_status_is_a_switch(desk_with: Any) -> None:
    desk = desk_with(other_patient_status=404)
    token = App(desk).log_in(scope="patient/*.*")["access_token"]
    assert desk.get(f"Patient/{chart(desk, 1).id}", token=token).status == 404
