"""Bulk exports: nothing is collected ahead, so consent and scope are asked when a file is fetched."""

import json

import pytest

from reference_gateway.consent_settings import ConsentSettings

pytestmark = pytest.mark.anyio

SETTINGS = ConsentSettings(max_age_s=0.001, emergency_s=60.0)


def kick_off(*patients, types="Encounter"):
    asked = [{"name": "patient", "valueReference": {"reference": f"Patient/{item}"}} for item in patients]
    return {"resourceType": "Parameters", "parameter": [*asked, {"name": "_type", "valueString": types}]}


def denial(patient):
    return {
        "resourceType": "Consent",
        "id": f"consent-{patient}",
        "status": "active",
        "patient": {"reference": f"Patient/{patient}"},
        "provision": {"type": "deny"},
    }


async def begun(w, token, *patients):
    answer = await w.post("Patient/$export", kick_off(*patients), token=token)
    assert answer.status == 202
    return answer.headers["content-location"].partition("/fhir/R4/")[2]


async def test_files_hold_what_the_patients_permit(world):
    async with world(consent=SETTINGS, bulk=True) as w:
        token = w.token(purpose_of_use="TREAT")
        status = await begun(w, token, "pat1", "pat2")
        listed = (await w.get(status, token=token)).json()["output"]
        assert [item["type"] for item in listed] == ["Encounter", "Encounter"]
        addresses = [item["url"].partition("/fhir/R4/")[2] for item in listed]
        file = await w.get(addresses[0], token=token)
        assert file.headers["content-type"] == "application/fhir+ndjson"
        assert [json.loads(line)["id"] for line in file.body.splitlines()] == ["enc1"]
        assert (w.audit()[-1]["action"], w.audit()[-1]["patient"]) == ("export-file", "pat1")
        w.ehr.hold(denial("pat1"))
        assert (await w.get(addresses[0], token=token)).status == 403
        assert len((await w.get(status, token=token)).json()["output"]) == 1


async def test_addresses_are_the_client_s_own(world):
    async with world(consent=SETTINGS, bulk=True) as w:
        status = await begun(w, w.token(purpose_of_use="TREAT"), "pat1")
        other = w.token(purpose_of_use="TREAT", client_id="app-2", azp="app-2", sub="app-2")
        assert (await w.get(status, token=other)).status == 400
        file = status.replace("export/status", "export/file")
        assert (await w.get(file, token=w.token(purpose_of_use="TREAT"))).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Bundle"},
        {"resourceType": "Parameters"},
        [],
        kick_off(),
        kick_off(*(f"p{number}" for number in range(21))),
        kick_off("pat1", types="Observation"),
        kick_off("pat1/x"),
    ],
)
async def test_what_is_not_served_is_refused(world, body):
    async with world(bulk=True) as w:
        answer = await w.post("Patient/$export", body)
        assert (answer.status, w.ehr.calls()) == (400, [])


async def test_a_token_reaches_its_own_patient_only(world):
    async with world(bulk=True) as w:
        token = w.token(scope="patient/*.rs", patient="pat1")
        assert (await w.post("Patient/$export", kick_off("pat2"), token=token)).status == 403
        assert (await w.get("Patient/$export", token=token)).status == 405


async def test_exports_are_served_where_they_are_set(world):
    async with world() as w:
        assert (await w.post("Patient/$export", kick_off("pat1"))).status == 404
        assert (await w.get("export/status?_page=x")).status == 404
