"""Two EHRs behind one address: each has a gateway of its own."""

import json

import pytest

from reference_gateway.second_settings import SecondEhr, read_second

GONE = SecondEhr(
    base_url="http://127.0.0.1:1/second/fhir/R4",
    ehr_base_url="http://127.0.0.1:9/R4",
    ehr_token_url="http://127.0.0.1:9/token",
    facility="second",
)


@pytest.mark.anyio
async def test_what_fails_at_the_second_is_no_matter_at_the_first(world):
    async with world(second=GONE) as w:
        assert (await w.get("Patient/pat1")).status == 200
        for _ in range(8):
            assert (await w.send("GET", "/second/fhir/R4/Patient/pat1")).status in (502, 503)
        assert (await w.get("Patient/pat1")).status == 200
        own = w.settings.state_dir / "second" / w.settings.audit_file.name
        patients = [json.loads(line) for line in own.read_text(encoding="utf-8").splitlines()]
        assert len([record for record in patients if record.get("action") != "token"]) == 8


@pytest.mark.anyio
async def test_paths_lead_to_one_of_them(world):
    async with world(second=GONE) as w:
        assert (await w.send("GET", "/second/fhir/R4/metadata", token=None)).status == 200
        assert (await w.send("GET", "/fhir/R4/metadata", token=None)).status == 200
        assert (await w.send("GET", "/second/fhir/R4x/metadata", token=None)).status != 200
        assert w.gateway.second.steps.audit is not w.gateway.first.steps.audit


def test_every_setting_of_the_second_is_needed():
    asked = []

    def setting(name, read):
        asked.append(name)
        return read(name)

    found = read_second(setting, str.lower)
    assert found == SecondEhr(*(name.lower() for name in asked[:3]), asked[3])
    assert asked == [
        "GATEWAY_SECOND_BASE_URL",
        "GATEWAY_SECOND_EHR_BASE_URL",
        "GATEWAY_SECOND_EHR_TOKEN_URL",
        "GATEWAY_SECOND_FACILITY",
    ]
