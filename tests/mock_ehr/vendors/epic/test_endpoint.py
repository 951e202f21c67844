"""Whatever comes in, something fitting goes out: never a failure of the mock itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_ehr.message import Request
from mock_ehr.search import PARAMETERS
from mock_ehr.vendors.epic.surface import CREATABLE, EPIC_TYPES

FUZZ = settings(
    max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
KNOWN = "eSomePatientOfTheHospital"
NAMES = sorted(
    {name for row in PARAMETERS.values() for name in row} | {"_count", "_summary", "_format", "sessionID", "x"}
)
SEGMENTS = st.sampled_from(
    [*sorted(EPIC_TYPES), KNOWN, "$match", "_search", "_history", "metadata", "..", "%2e", "%00", ""]
)
VALUES = st.one_of(
    st.sampled_from(
        [KNOWN, f"Patient/{KNOWN}", "2026-01-01", "ge9999-12-31", "vital-signs", "http://loinc.org|", "|", ",", "\\"]
    ),
    st.text(max_size=12),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
ELEMENTS = st.sampled_from(
    [
        "code",
        "subject",
        "patient",
        "category",
        "verificationStatus",
        "encounter",
        "effectiveDateTime",
        "status",
        "contained",
    ]
)


def quote(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "replace"))


@FUZZ
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "FOO"]),
    path=st.lists(SEGMENTS, max_size=3),
    pairs=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4),
    accept=st.sampled_from(["", "*/*", "application/json", "application/fhir+xml;q=0.3, */*"]),
)
def test_any_address_has_an_answer(
    desk: Any, method: str, path: list[str], pairs: list[tuple[str, str]], accept: str
) -> None:
    patient = desk.state.store.population.chart(0).id
    place = "/".join(["/FHIR/api/FHIR/R4", *path]).replace(KNOWN, patient)
    query = "&".join(f"{name}={quote(value)}" for name, value in pairs).replace(quote(KNOWN), patient)
    seen = desk.send(Request(method, place, query, {"authorization": f"Bearer {desk.token}", "accept": accept}))
    assert seen.status in (200, 400, 403, 404, 405, 501)
    if "fhir+json" in seen.headers.get("content-type", ""):
        assert seen.json()["resourceType"]


@FUZZ
@given(
    resource_type=st.sampled_from(CREATABLE),
    body=st.dictionaries(ELEMENTS, JSON_VALUES, max_size=6),
)
def test_any_resource_is_accepted_or_refused(desk: Any, resource_type: str, body: dict[str, Any]) -> None:
    seen = desk.post(resource_type, {"resourceType": resource_type, **body})
    assert seen.status in (201, 400, 422)


@FUZZ
@given(body=st.binary(max_size=80))
def test_any_bytes_are_accepted_or_refused(desk: Any, body: bytes) -> None:
    assert desk.post("Observation", body).status == 400
    request = Request("POST", "/FHIR/oauth2/token", "", {"content-type": "application/x-www-form-urlencoded"}, body)
    assert desk.send(request).status == 400


@pytest.mark.parametrize("broken", ["admit", "answer"])
def test_even_a_broken_double_answers(
    desk: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    monkeypatch.setattr(desk.ehr._vendor, broken, lambda *_arguments: json.loads("{"))
    seen = desk.get("Patient/x")
    assert (seen.status, seen.codes()) == (500, ["59177"])
    assert "JSONDecodeError" in caplog.text
