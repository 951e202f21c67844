"""FHIR clients that nobody here wrote work with the double unchanged: fhirpy and fhirclient (PyPI)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

REDIRECT = "http://127.0.0.1:9/back"
BASE = "FHIR/api/FHIR/R4"
NOBODY = "eNobodyHasThisId000000000"


@pytest.fixture
def chart(live: Any) -> Any:
    people = live.running.state.store.population
    charts = (people.chart(index) for index in range(people.size))
    return next(chart for chart in charts if len(results(chart)) > 4)


def results(chart: Any) -> list[str]:
    """Return the ids of the chart's laboratory results."""
    return [
        record.id
        for record in chart.of_type("Observation")
        if any(
            coding.get("code") == "laboratory"
            for category in record.body.get("category", [])
            for coding in category.get("coding", [])
        )
    ]


@pytest.fixture
def fhirpy(live: Any) -> Any:
    library = pytest.importorskip("fhirpy")
    return library.SyncFHIRClient(f"{live.running.data}/{BASE}", authorization=f"Bearer {live.token}")


@pytest.fixture
def smart(live: Any, chart: Any) -> Any:
    """fhirclient after a launch for the chart's patient."""
    library = pytest.importorskip("fhirclient.client")
    scopes = "launch/patient openid fhirUser patient/*.read"
    client = {
        "client_secret": "s3cret",
        "scopes": scopes.split(),
        "redirect_uris": [REDIRECT],
        "auto_approve": {"patient": chart.id},
    }
    assert live.control.put("/clients/app", json=client).status_code == 200
    smart = library.FHIRClient(
        settings={
            "app_id": "app",
            "app_secret": "s3cret",
            "api_base": f"{live.running.data}/{BASE}/",
            "redirect_uri": REDIRECT,
            "scope": scopes,
        }
    )
    smart.prepare()
    smart.handle_callback(httpx.get(smart.authorize_url, trust_env=False).headers["location"])
    return smart


def test_fhirpy_reads(fhirpy: Any, chart: Any) -> None:
    patient = fhirpy.reference("Patient", chart.id).to_resource()
    assert patient["birthDate"] == chart.patient.body["birthDate"]


def test_fhirpy_searches(fhirpy: Any, chart: Any) -> None:
    found = fhirpy.resources("Condition").search(patient=chart.id).fetch()
    assert sorted(item.id for item in found) == sorted(record.id for record in chart.of_type("Condition"))


def test_fhirpy_follows_pages(fhirpy: Any, chart: Any) -> None:
    wanted = fhirpy.resources("Observation").search(patient=chart.id, category="laboratory").limit(2)
    assert sorted(item.id for item in wanted.fetch_all()) == sorted(results(chart))


def test_fhirpy_finds_nothing_where_epic_says_so_in_an_entry(fhirpy: Any, chart: Any) -> None:
    none = fhirpy.resources("Observation").search(patient=chart.id, category="laboratory", date="lt1900-01-01")
    assert none.fetch() == []


def test_fhirpy_meets_errors_as_its_own(live: Any, fhirpy: Any) -> None:
    errors = pytest.importorskip("fhirpy.base.exceptions")
    with pytest.raises(errors.ResourceNotFound):
        fhirpy.reference("Patient", NOBODY).to_resource()
    live.running.state.tokens.expire_all()
    with pytest.raises(errors.AuthorizationError):
        fhirpy.reference("Patient", NOBODY).to_resource()


def test_fhirpy_writes(live: Any, fhirpy: Any, chart: Any) -> None:
    allergy = fhirpy.resource(
        "AllergyIntolerance",
        clinicalStatus={
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}
            ]
        },
        verificationStatus={
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "code": "confirmed"}
            ]
        },
        code={"text": "Penicillin"},
        patient={"reference": f"Patient/{chart.id}"},
    )
    execute = fhirpy.execute("AllergyIntolerance", method="post", data=dict(allergy))
    assert execute is None or execute == {} or execute.get("resourceType") == "AllergyIntolerance"
    held = live.control.get("/resources/AllergyIntolerance", params={"patient": chart.id}).json()["resources"]
    assert [item["resource"]["code"]["text"] for item in held if item["written"]] == ["PENICILLIN"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fhirclient_reads_and_searches(smart: Any, chart: Any) -> None:
    patient = pytest.importorskip("fhirclient.models.patient").Patient
    condition = pytest.importorskip("fhirclient.models.condition").Condition
    assert patient.read(chart.id, smart.server).birthDate.isostring == chart.patient.body["birthDate"]
    found = condition.where(struct={"patient": chart.id}).perform_resources(smart.server)
    matches = [item for item in found if item.resource_type == "Condition"]
    assert sorted(item.id for item in matches) == sorted(record.id for record in chart.of_type("Condition"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fhirclient_follows_pages(smart: Any, chart: Any) -> None:
    observation = pytest.importorskip("fhirclient.models.observation").Observation
    search = observation.where(struct={"patient": chart.id, "category": "laboratory", "_count": "2"})
    found = list(search.perform_resources_iter(smart.server))
    assert sorted(item.id for item in found) == sorted(results(chart))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fhirclient_meets_errors_as_its_own(live: Any, smart: Any) -> None:
    server = pytest.importorskip("fhirclient.server")
    patient = pytest.importorskip("fhirclient.models.patient").Patient
    condition = pytest.importorskip("fhirclient.models.condition").Condition
    with pytest.raises(server.FHIRNotFoundException):
        condition.read(NOBODY, smart.server)
    with pytest.raises(server.FHIRPermissionDeniedException):
        patient.read(NOBODY, smart.server)
    live.running.state.tokens.expire_all()
    with pytest.raises(server.FHIRUnauthorizedException):
        condition.read(NOBODY, smart.server)
