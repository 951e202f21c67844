"""The honest gateway from end to end: failures of the EHR, rates, audit trail, public documents, log."""

import asyncio
import json
import time

import pytest
from aiohttp import web

pytestmark = pytest.mark.anyio


def answers(status, body=b"", **headers):
    """Return a scripted answer of the EHR."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda ehr, request, sent: web.Response(status=status, body=body, headers=named)


def text(body, content_type="application/fhir+json"):
    return answers(200, body, Content_Type=content_type)


async def drop(ehr, request, sent):
    request.transport.abort()
    return web.Response()


async def stall(ehr, request, sent):
    await asyncio.sleep(10)


FAILURES = {
    "html": ([text(b"<html>", "text/html")], 502, 1),
    "broken-json": ([text(b'{"a":')], 502, 1),
    "empty": ([text(b"")], 502, 1),
    "charset": ([text(b"{}", "application/fhir+json; charset=utf-16")], 502, 1),
    "other-resource": ([text(b'{"resourceType":"Bundle"}')], 502, 1),
    "redirect": ([answers(302, Location="http://elsewhere")], 502, 1),
    "forbidden": ([answers(403)], 502, 1),
    "gone": ([answers(410)], 410, 1),
    "drop-once": ([drop], 200, 2),
    "drop-always": ([drop] * 5, 502, 3),
    "error-once": ([answers(500)], 200, 2),
    "error-always": ([answers(500)] * 5, 502, 3),
    "overloaded": ([answers(503)] * 5, 503, 3),
    "too-many-far-away": ([answers(429, Retry_After="60")], 503, 1),
}


@pytest.mark.parametrize(("script", "status", "calls"), FAILURES.values(), ids=FAILURES)
async def test_failures_of_the_ehr(world, script, status, calls):
    async with world(breaker_failures=50) as w:
        w.ehr.script = list(script)
        answer = await w.get("Patient/pat1")
        assert answer.status == status, answer.body
        assert len(w.ehr.calls()) == calls
        if status >= 500:
            assert answer.json()["resourceType"] == "OperationOutcome"
        if status == 503:
            assert int(answer.headers["retry-after"]) >= 1


async def test_a_stalled_ehr_is_given_up_within_the_budget(world):
    async with world(attempt_timeout_s=0.2, latency_budget_s=0.8) as w:
        w.ehr.always = stall
        started = time.monotonic()
        answer = await w.get("Patient/pat1")
        assert answer.status == 504
        assert answer.code() == "timeout"
        assert len(w.ehr.calls()) <= 3
        assert time.monotonic() - started < 5


async def test_retry_after_is_obeyed(world):
    async with world(hasty=False) as w:
        w.ehr.script = [answers(429, Retry_After="1")]
        assert (await w.get("Patient/pat1")).status == 200
        first, second = w.ehr.calls()
        assert second.at - first.at >= 1
        assert first.headers["x-correlation-id"] == second.headers["x-correlation-id"]


@pytest.mark.parametrize(
    "drifted",
    [
        {"status": None},
        {"status": "finished"},
        {"status": 1},
        {"valueQuantity": None, "amount": {"value": 1}},
        {"valueQuantity": {"value": "1.5"}},
        {"subject": None},
        {"subject": {"reference": "Patient/pat2"}, "performer": [{"reference": "Patient/pat1"}]},
        {"effectiveDateTime": "01.06.2026"},
    ],
)
async def test_drift_is_not_passed_on(world, kit, drifted):
    async with world() as w:
        body = {name: value for name, value in kit.observation("obs1", **drifted).items() if value is not None}
        w.ehr.hold(body)
        assert (await w.get("Observation/obs1")).status == 502
        w.ehr.always = lambda ehr, request, sent: kit.fhir(
            {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": body}]}
        )
        answer = await w.get("Observation?patient=pat1&category=vital-signs")
        assert answer.status == 502
        assert "1.5" not in answer.body.decode()


@pytest.mark.parametrize("path", ["Patient/pat1", "Observation/obs1", "Observation?patient=pat1&category=vital-signs"])
async def test_another_patients_data_is_withheld(world, kit, path):
    async with world() as w:
        kind = path.partition("/")[0].partition("?")[0]
        other = kit.patient("pat2") if kind == "Patient" else kit.observation("obs2", "pat2")
        bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": other}]}
        w.ehr.always = lambda ehr, request, sent: kit.fhir(bundle if "patient" in request.query else other)
        answer = await w.get(path)
        assert answer.status == 502
        assert "pat2" not in answer.body.decode()


async def test_breaker_opens_and_closes_again(world):
    async with world(max_attempts=1) as w:
        w.ehr.always = answers(500)
        statuses = [(await w.get("Encounter/enc1")).status for _ in range(8)]
        assert statuses == [502] * 5 + [503] * 3
        assert len(w.ehr.calls()) == 5
        w.ehr.always = None
        assert (await w.get("Patient/pat1")).status == 200
        deadline = time.monotonic() + 5
        while (await w.get("Encounter/enc1")).status != 200:
            assert time.monotonic() < deadline


async def test_throttle(world):
    async with world() as w:
        token = w.token(client_id="somebody")
        answers_ = [await w.get("Patient/pat1", token=token) for _ in range(8)]
        refused = [item for item in answers_ if item.status == 429]
        assert refused
        assert refused[0].code() == "throttled"
        assert int(refused[0].headers["retry-after"]) >= 1
        assert len(w.ehr.calls()) == 8 - len(refused)
        assert (await w.get("Patient/pat1")).status == 200


async def test_audit_has_one_record_per_request(world):
    async with world() as w:
        await w.get("Patient/pat1", X_Correlation_Id="one")
        await w.get("Observation?patient=pat1&category=vital-signs", X_Correlation_Id="two")
        await w.get("Patient/pat1", token=None, X_Correlation_Id="three")
        await w.get("Patient/pat1", token=w.token(scope="system/Condition.rs"), X_Correlation_Id="four")
        made = await w.get("Patient/nobody", X_Correlation_Id="not well formed")
        records = [item for item in w.audit() if item["action"] != "token"]
        told = [(item["correlation_id"], item["action"], item["result"], item["status"]) for item in records]
        assert told == [
            ("one", "read", "success", 200),
            ("two", "search", "success", 200),
            ("three", "read", "refused", 401),
            ("four", "read", "refused", 403),
            (made.headers["x-correlation-id"], "read", "refused", 404),
        ]
        assert records[1]["patient"] == "pat1"
        assert [item["seq"] for item in w.audit()] == list(range(1, len(w.audit()) + 1))
        assert sum(item["action"] == "token" for item in w.audit()) == len(w.ehr.token_calls)


async def test_nothing_is_served_unaudited(world):
    async with world() as w:
        assert (await w.get("Patient/pat1")).status == 200
        w.settings.audit_file.rename(w.settings.audit_file.with_suffix(".away"))
        answer = await w.get("Patient/pat1")
        assert answer.status == 503
        calls = len(w.ehr.calls())
        assert (await w.get("Patient/pat1")).status == 503
        assert len(w.ehr.calls()) == calls
        w.settings.audit_file.with_suffix(".away").rename(w.settings.audit_file)
        assert (await w.get("Patient/pat1")).status == 503
        assert (await w.get("Patient/pat1")).status == 200


async def test_public_documents(world):
    async with world() as w:
        statement = (await w.get("metadata", token=None)).json()
        assert statement["kind"] == "instance"
        smart = await w.get(".well-known/smart-configuration", token=None)
        assert smart.json()["token_endpoint"] == f"{w.issuer.url}/token"
        assert (await w.send("GET", "/health/ready", token=None)).status == 200
        assert (await w.send("GET", "/health/live", token=None)).status == 200
        await w.get("Patient/pat1")
        metrics = (await w.send("GET", "/metrics", token=None)).body.decode()
        counted = (
            'gateway_requests_total{client="app",facility="urn:ehr",interaction="read",status="200",type="Patient"} 1.0'
        )
        assert counted in metrics
        assert "pat1" not in metrics


async def test_log_names_nobody(world, capsys):
    async with world() as w:
        await w.get("Patient?family=Quintessence&birthdate=1970-02-03")
        await w.get("Patient/pat1")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["event"] for line in lines} == {"request", "ehr-token"}
    assert "Quintessence" not in str(lines)
    assert "1970-02-03" not in str(lines)
    assert "pat1" not in str(lines)
