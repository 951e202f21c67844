"""Checks made up for the report tests: a builder, and failures as a real run would tell them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from gauntlet.result import CheckResult, Exchange, FaultWindow
from gauntlet.verdict import Verdict
from tests.reports.sample_catalogue import requirement as row_of

BASE = "http://127.0.0.1:41200/fhir/R4"
EHR = "http://127.0.0.1:41300/FHIR/api/FHIR/R4"
PATIENT = "eq081-VQEgP8drUUqCWzHfw3"
TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJhcHAtMSIsInNjb3BlIjoieCJ9.c2lnbmF0dXJlLWJ5dGVz"
HOSTILE = (
    "</script><script>window.stolen=1</script><img src=x onerror=stolen()> \x00\x08\x1b[31m ]]> &amp; \"'` "
    "😀 👩‍⚕️ \u202egnitseretni \ud800 \ufffe | @everyone {{ 7*7 }} {% raw %}"
)


def check(requirement: str, number: int = 1, verdict: Verdict = Verdict.PASS, **changes: Any) -> CheckResult:
    row = row_of(requirement)
    family = requirement.partition("-")[0].lower()
    plain = CheckResult(
        check=f"{family}/test_{requirement[-2:]}.py::test_case_{number}",
        requirement=requirement,
        level=row.level,
        feature=row.feature,
        title=f"{row.text[:1].upper()}{row.text[1:70]} (case {number})",
        description="What: sends the request with one mutation.\n\nWhy: it reaches the bedside.\n\n"
        "Spec: https://www.rfc-editor.org/rfc/rfc6750#section-3.1",
        verdict=verdict,
        started_s=float(number),
        duration_s=0.12 * number,
    )
    return replace(plain, **changes)


def exchange(side: str, start: float, took: float, status: int | None, **changes: Any) -> Exchange:
    base = BASE if side == "consumer" else EHR
    body = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 1,
        "entry": [{"resource": {"id": PATIENT, "n": 1}}],
    }
    plain = Exchange(
        side=side,
        started_ms=start,
        duration_ms=took,
        method="GET",
        url=f"{base}/Observation?patient={PATIENT}&category=vital-signs&_count=50",
        status=status,
        request_headers={"Accept": "application/fhir+json", "Authorization": f"Bearer {TOKEN}"},
        response_headers={"Content-Type": "application/fhir+json", "X-Correlation-Id": "5b1f9c1e"} if status else {},
        response_body=json.dumps(body) if status == 200 else "",
        note="" if status else "connection reset by the fault",
    )
    return replace(plain, **changes)


def expired_token() -> CheckResult:
    return check(
        "AUT-02",
        1,
        Verdict.FAIL,
        check="security/test_tokens.py::test_expired_token",
        title="An expired token is refused before anything is asked of the EHR",
        reason="the expired token was accepted: 200 with the patient's observations",
        expected='status 401 with WWW-Authenticate: Bearer error="invalid_token"\nupstream calls: 0',
        actual="status 200, Bundle with 1 entry\nupstream calls: 1 (GET Observation)",
        hint="Compare exp with the current time, at most 60 s of tolerance, before routing the request.",
        exchanges=[exchange("consumer", 3.1, 48.4, 200), exchange("ehr", 12.2, 31.0, 200)],
        curl=f"curl -sS '{BASE}/Observation?patient={PATIENT}' \\\n  -H \"Authorization: Bearer $EXPIRED\"",
        tripped_by=["accepts-expired", "accepts-anonymous"],
        measured={"upstream_calls": 1.0},
    )


def impatient_retry() -> CheckResult:
    times = [(20.0, 14.0, 429), (38.0, 12.0, 429), (66.0, 15.0, 429), (2210.0, 90.0, 200)]
    fault = {
        "name": "storm-429",
        "match": {"kind": "data", "first": 3},
        "behaviour": {"kind": "storm", "retry_after": "2"},
    }
    return check(
        "RES-01",
        1,
        Verdict.FAIL,
        check="throttling/test_retry_after.py::test_waits_for_retry_after_seconds",
        title="Waits for Retry-After in seconds before it repeats",
        reason="repeated 18 ms after a 429 that asked for 2 s",
        expected="no repeat to the EHR before 2000 ms after the 429",
        actual="repeats after 18 ms and 46 ms (2 of 3 too early)",
        hint="Hold the request for Retry-After, or answer 503 with it when that exceeds the budget.",
        exchanges=[
            exchange("consumer", 4.0, 2310.0, 200),
            *(
                exchange("ehr", at, took, status, faults=["storm-429"] if status == 429 else [])
                for at, took, status in times
            ),
        ],
        faults=[FaultWindow("storm-429", "ehr", 0.0, 180.0, 3, json.dumps(fault))],
        curl=f"curl -sS '{BASE}/Observation?patient={PATIENT}' -H \"Authorization: Bearer $TOKEN\"",
        tripped_by=["ignores-retry-after"],
        measured={"earliest_repeat_ms": 18.0, "amplification": 4.0},
    )


def lost_answer() -> CheckResult:
    post = {
        "method": "POST",
        "url": f"{BASE}/Observation",
        "request_body": '{"resourceType":"Observation","value":1.50}',
    }
    upstream = {**post, "url": f"{EHR}/Observation"}
    return check(
        "IDP-04",
        1,
        Verdict.FAIL,
        title="A repeat after a lost answer causes no second write",
        reason="the EHR holds 2 observations, 1 was sent",
        expected="1 Observation at the EHR\nthe repeat is answered with the first outcome",
        actual="2 Observations at the EHR: ids eAb1, eAb2",
        exchanges=[
            exchange("consumer", 2.0, 410.0, None, note="read timed out after 400 ms", **post),
            exchange(
                "ehr",
                22.0,
                35.0,
                None,
                faults=["drop-after-commit"],
                note="committed, then reset",
                **upstream,
            ),
            exchange("consumer", 430.0, 61.0, 201, **post),
            exchange("ehr", 441.0, 33.0, 201, **upstream),
        ],
        faults=[
            FaultWindow("drop-after-commit", "ehr", 0.0, 600.0, 1, '{"behaviour": {"kind": "drop", "when": "after"}}')
        ],
        curl=f"curl -sS -X POST '{BASE}/Observation' -H 'Idempotency-Key: \"k-1\"' -d @body",
        tripped_by=["forgets-keys"],
    )
