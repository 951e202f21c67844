"""Family AUD: what the gateway does when its audit trail cannot be written."""

import time
from dataclasses import replace

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive, NoAnswer

READY_WITHIN_S = 15.0
BUFFER_S = 10.0  # time for a gateway that buffers to write down what it kept
LEAST_OUTAGE_S, MOST_OUTAGE_S = 1.0, 10.0


@pytest.mark.requirement("AUD-08", tripped_by=["serves-unaudited"])
def test_trail_cannot_be_written(gateway, app, tokens, audit_sink, claims, chart, measured):
    """While its audit trail cannot be written the gateway stops serving or keeps the records: none is missing later

    A second gateway is started with a trail of its own. Control: a read that is recorded. Then its files cannot grow
    any more (a trail that comes by syslog: nobody listens, and the connection is cut) and three reads are sent; three
    times as long as the control's record took to arrive, they can again. Each read that was served must have its record
    in the end.

    An access that nobody can prove later is one that nobody can be asked about.

    HIPAA 45 CFR 164.312(b), audit controls; NIST SP 800-53 AU-5, response to audit logging process failures.
    """
    header = claims.audit.correlation_header
    with gateway.second(changes=audit_sink.changes) as second:
        state = second.wait(READY_WITHIN_S)
        if state != "ready":
            raise Inconclusive(f"a second gateway is {state}: {second.process.last_lines()}")
        trail = audit_sink.trail(second)
        reader = replace(
            app, base_url=second.base_url, token=lambda: tokens.token(app.client_id, audience=second.audience)
        )
        control = f"gauntlet-{chart.index}-recorded"
        expect.status(reader.read("Patient", chart.id, headers={header: control}), 200)
        asked = time.monotonic()
        if not trail.wait_for(0, lambda record: record["correlation_id"] == control):
            raise Inconclusive("the second gateway's control read is not in its trail")
        outage_s = min(max(3 * (time.monotonic() - asked), LEAST_OUTAGE_S), MOST_OUTAGE_S)
        sent = [f"gauntlet-{chart.index}-full-{number}" for number in range(3)]
        with audit_sink.failing(second):
            served = [value for value in sent if served_with(reader, chart, {header: value})]
            time.sleep(outage_s)  # a gateway that sends its records a little later must meet the outage, too
        measured["served without a sink"] = len(served)
        missing = unrecorded(trail, served)
        if missing:
            audit_sink.require_noticeable()
        expect.equal(missing, [], "reads were served that the trail does not know")


def served_with(reader, chart, headers):
    """Return whether a read is served."""
    try:
        return reader.read("Patient", chart.id, headers=headers).status == 200
    except NoAnswer:
        return False


def unrecorded(audit, served):
    """Return which of the served correlation ids have no record, after a buffer had time to be written."""
    deadline = time.monotonic() + BUFFER_S
    while True:
        known = {record["correlation_id"] for record in audit.records()}
        missing = [value for value in served if value not in known]
        if not missing or time.monotonic() > deadline:
            return missing
        time.sleep(0.2)
