"""Family NEG: what is too large costs the gateway nothing: neither calls at the EHR nor memory that stays."""

import json
import time

import pytest

from gauntlet import expect, writing
from gauntlet.errors import NoAnswer
from gauntlet.footprint import reader

pytestmark = pytest.mark.upstream("epic", "allscripts")

TOO_MANY_ENTRIES = 1001  # a target file may claim a thousand
BODY_BYTES = 12_000_000
BODIES = 10
LEFT_BEHIND_MB = 40  # a third of what is sent: less is an allocator's habit
SETTLES_WITHIN_S = 5.0


@pytest.mark.requirement("NEG-03", tripped_by=["no-batch-limit"])
def test_batch_of_too_many_entries(refused, app, claims, chart):
    """A batch of a thousand and one entries is refused and does not reach the EHR

    Control: a batch of one read. Mutation: the same read 1001 times in one batch: 413 or 400.

    A batch is one request to a rate limit and a thousand to the EHR.

    FHIR R4, batch; RFC 9110 section 15.5.14.
    """
    if claims.batch is None:
        pytest.skip("the target does not claim batches")

    def batch(entries):
        entry = {"request": {"method": "GET", "url": f"Patient/{chart.id}"}}
        body = {"resourceType": "Bundle", "type": "batch", "entry": [entry] * entries}
        return app.send("POST", app.base_url, body=json.dumps(body).encode())

    refused(lambda: batch(1), lambda: batch(TOO_MANY_ENTRIES), status=(413, 400, 422))


@pytest.mark.requirement("NEG-03", tripped_by=["keeps-refused-bodies"])
def test_oversized_bodies_leave_no_memory_behind(app, claims, gauntlet_session, new_chart, measured):
    """Ten bodies of 12 MB one after the other do not make the gateway grow

    A first oversized body is refused, then the gateway's memory is read, from its metrics or its process; ten more are
    sent, and it is read again. It may have grown by a third of what was sent, no more.

    What one careless client sends again and again must not take the gateway from everybody else.

    RFC 9110 section 15.5.14; CWE-400, CWE-770.
    """
    resource_type, footprint = writing.writable(claims), reader(gauntlet_session.lab)
    huge = json.loads(writing.body(resource_type, new_chart()))
    huge["note"] = [{"text": "x" * BODY_BYTES}]
    body = json.dumps(huge).encode()
    send_refused(app, resource_type, body)
    before = footprint().memory
    for _ in range(BODIES):
        send_refused(app, resource_type, body)
    until = time.monotonic() + SETTLES_WITHIN_S
    grown = (footprint().memory - before) / 1e6
    while grown > LEFT_BEHIND_MB and time.monotonic() < until:
        time.sleep(0.25)
        grown = (footprint().memory - before) / 1e6
    measured["megabytes grown"] = round(grown, 1)
    expect.at_most(grown, LEFT_BEHIND_MB, "refused bodies stay in the gateway's memory", "MB")


def send_refused(app, resource_type, body):
    """Send a body that must be refused; the gateway may close the connection while it is being sent."""
    try:
        expect.status(app.create(resource_type, body), 413, 400)
    except NoAnswer as closed:
        if "timed out" in closed.reason:
            raise
