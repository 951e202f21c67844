"""Family AUD: what a hospital can prove afterwards. The trail is joined with what was really sent."""

import datetime as dt
import json
import re
import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive


def ours(chart):
    """Return a filter for records about the chart's patient."""
    return lambda record: chart.id in (record["patient"], record["resource_id"])


@pytest.fixture
def correlated(claims):
    """Return the headers that carry a correlation id."""
    return lambda value: {claims.audit.correlation_header: value}


@pytest.mark.requirement("AUD-01", tripped_by=["audit-skips-searches"])
def test_every_access_has_one_record(app, audit, correlated, chart):
    """Every read and search has exactly one record, and none is invented

    Three reads and two searches, each with its own correlation id; the trail is joined with them.

    What is missing cannot be found by the patient who asks who looked at the chart; what is doubled discredits the
    rest.

    IHE ATNA; HIPAA 45 CFR 164.312(b).
    """
    since = audit.size()
    sent = [f"gauntlet-{chart.index}-{number}" for number in range(5)]
    for value in sent[:3]:
        expect.status(app.read("Patient", chart.id, headers=correlated(value)), 200)
    for value in sent[3:]:
        expect.status(app.search("Condition", {"patient": chart.id}, headers=correlated(value)), 200)
    records = audit.wait_for(since, ours(chart), count=len(sent))
    expect.same_set([record["correlation_id"] for record in records], sent, "the audit trail of these requests")


@pytest.mark.requirement("AUD-01", tripped_by=["audit-skips-refusals"])
def test_refusals_are_recorded(app, apps, audit, correlated, chart):
    """Refusals have a record each, too

    Control: a read that is recorded. Then a request without a token and one whose scope is too small.

    Attempts that failed are what an investigation starts with.

    IHE ATNA; HIPAA 45 CFR 164.312(b).
    """
    since = audit.size()
    control, anonymous, narrow = (f"gauntlet-{chart.index}-{name}" for name in ("control", "anonymous", "narrow"))
    expect.status(app.read("Patient", chart.id, headers=correlated(control)), 200)
    if not audit.wait_for(since, lambda record: record["correlation_id"] == control):
        raise Inconclusive("the control read is not in the audit trail")
    expect.status(apps.anonymous().read("Patient", chart.id, headers=correlated(anonymous)), 401)
    small = apps.app(scope="system/Patient.r")
    expect.status(small.search("Condition", {"patient": chart.id}, headers=correlated(narrow)), 403)
    for value in (anonymous, narrow):
        found = audit.wait_for(since, lambda record, value=value: record["correlation_id"] == value)
        expect.equal(len(found), 1, f"the refusal {value} does not have exactly one record")


@pytest.mark.requirement("AUD-02", tripped_by=["audit-lacks-patient"])
def test_records_say_who_and_what(app, audit, correlated, chart):
    """A record names caller, patient, type, action, result, latency, policy decision, correlation id and time

    One read; its record is compared with what was sent.

    A trail without the patient cannot answer the patient's question.

    IHE BALP, basic audit log patterns.
    """
    since = audit.size()
    value = f"gauntlet-{chart.index}-who"
    expect.status(app.read("Patient", chart.id, headers=correlated(value)), 200)
    records = audit.wait_for(since, lambda record: record["correlation_id"] == value)
    if not records:
        raise Inconclusive("the read is not in the audit trail")
    record = records[0]
    wanted = {
        "client_id": app.client_id,
        "patient": chart.id,
        "resource_type": "Patient",
        "action": "read",
        "status": 200,
    }
    for name, expected in wanted.items():
        expect.equal(record[name], expected, f"the record's {name} is not what was sent")
    missing = [name for name in ("time", "result", "latency_ms", "policy") if record[name] in (None, "")]
    expect.equal(missing, [], "the record leaves out fields")


@pytest.mark.requirement("AUD-03", tripped_by=["drops-correlation-id"])
def test_correlation_id(app, ehr, audit, correlated, claims, chart):
    """The correlation id is echoed, sent upstream and recorded; one is made when there is none

    One read with an id of ours, one without.

    Without it nobody can follow one request through three systems.

    FHIR R4, RESTful API, X-Request-Id and X-Correlation-Id.
    """
    name = claims.audit.correlation_header
    value = f"gauntlet-{chart.index}-follow"
    since, mark = audit.size(), ehr.mark()
    answer = expect.status(app.read("Patient", chart.id, headers=correlated(value)), 200)
    expect.equal(answer.headers.get(name.lower()), value, "the correlation id is not echoed")
    upstream = [
        {header.lower(): item for header, item in entry["request_headers"].items()}
        for entry in ehr.calls(since=mark, patient=chart.id)
    ]
    if not upstream:
        raise Inconclusive("the read did not reach the EHR")
    expect.equal(
        [headers.get(name.lower()) for headers in upstream],
        [value] * len(upstream),
        "it is not sent upstream",
    )
    recorded = audit.wait_for(since, lambda record: record["correlation_id"] == value)
    expect.equal(len(recorded), 1, "it is not in the audit trail")
    made = expect.status(app.read("Patient", chart.id), 200).headers.get(name.lower(), "")
    expect.that(bool(made), "no correlation id is made when there is none", expected=f"a {name} header", actual="none")


def edited(lines):
    """Change the client of one record."""
    record = json.loads(lines[1])
    name = next(key for key in record if isinstance(record[key], str) and "client" in key)
    return [lines[0], json.dumps({**record, name: "somebody-else"}).encode(), *lines[2:]]


TAMPERINGS = {
    "edited": edited,
    "removed": lambda lines: [lines[0], *lines[2:]],
    "reordered": lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
}


@pytest.mark.requirement("AUD-04", tripped_by=["unchained-audit"])
@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampering_is_noticed(app, audit, chart, tmp_path, tamper):
    """An edited, removed or reordered record is found by the claimed verification

    An untouched copy of the trail must be accepted. Then one record of a copy is edited, removed or moved.

    A trail that can be changed unnoticed proves nothing about those who could change it.

    IHE ATNA; NIST SP 800-92.
    """
    for _ in range(4):
        expect.status(app.read("Patient", chart.id), 200)
    lines = audit.lines()
    if len(lines) < 4:
        raise Inconclusive("the audit trail has fewer than four records")
    whole, changed = tmp_path / "whole.jsonl", tmp_path / "changed.jsonl"
    whole.write_bytes(b"\n".join(lines) + b"\n")
    changed.write_bytes(b"\n".join(tamper(lines)) + b"\n")
    intact, said = audit.verification(whole)
    expect.that(intact, "the verification refuses an untouched trail", expected="accepted", actual=said)
    intact, said = audit.verification(changed)
    expect.that(
        not intact,
        "the verification accepts a changed trail",
        expected="a refusal",
        actual=said or "accepted",
    )


@pytest.mark.requirement("AUD-05", tripped_by=["audit-local-time"])
def test_times_are_utc(app, audit, correlated, chart):
    """Times in the trail are UTC and agree with the harness's clock within a second

    One read; the record's time is compared with the moments before and after it.

    Across systems only true times let anybody say what happened first.

    RFC 3339; IHE Consistent Time.
    """
    since = audit.size()
    value = f"gauntlet-{chart.index}-time"
    before = time.time()
    expect.status(app.read("Patient", chart.id, headers=correlated(value)), 200)
    after = time.time()
    records = audit.wait_for(since, lambda record: record["correlation_id"] == value)
    if not records:
        raise Inconclusive("the read is not in the audit trail")
    text = str(records[0]["time"])
    expect.that(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", text) is not None,
        "the record's time is not in UTC",
        expected="an RFC 3339 time with Z",
        actual=text,
    )
    moment = dt.datetime.fromisoformat(text).timestamp()
    expect.that(
        before - 1 <= moment <= after + 1,
        "the record's time is not within a second of the request",
        expected=f"between {before - 1:.1f} and {after + 1:.1f}",
        actual=f"{moment:.1f}",
    )
