"""Family AUD: no record is lost when it is busy, when it refuses, or when it dies."""

import concurrent.futures
import os
import signal
import time
from dataclasses import replace

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.observe.audit_join import join
from gauntlet.scenario import fault

REQUESTS = 240
AT_ONCE = 16
KILL_AFTER = 60
READY_WITHIN_S = 15.0
WRITTEN_WITHIN_S = 5.0


@pytest.fixture
def correlated(claims, running):
    """Return the headers that carry the correlation id number N of this check."""
    return lambda number: {claims.audit.correlation_header: f"gauntlet-{running.check.ordinal}-{number}"}


def together(send, numbers):
    """Send the requests with these numbers, `AT_ONCE` at a time; return the answers by number."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(numbers, pool.map(send, numbers), strict=True))


def require_complete(audit, since, ids):
    """Pass when the records after `since` that are about `ids` are exactly one for each."""
    prefix = next(iter(ids)).rpartition("-")[0] + "-"
    deadline = time.monotonic() + WRITTEN_WITHIN_S
    while True:
        found = join(ids, (value for value in audit.correlation_ids(since) if value.startswith(prefix)))
        if not found.missing or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    if found.missing:
        audit.require_all_received()
    expect.equal(found.sentence(), "", "the trail is not what was sent")


@pytest.mark.requirement("AUD-06", tripped_by=["audit-limits-its-rate"])
def test_nothing_is_lost_under_load(app, audit, correlated, chart, measured):
    """Under load every request has exactly one record

    Some hundred reads, many at once, each with its own correlation id; the trail is joined with them.

    The busiest minute is the one an investigation asks about.

    HIPAA 45 CFR 164.312(b); NIST SP 800-53 AU-5.
    """
    since = audit.size()
    sent = {number: next(iter(correlated(number).values())) for number in range(REQUESTS)}
    began = time.monotonic()
    answers = together(lambda number: app.read("Patient", chart.id, headers=correlated(number)), sent)
    measured["requests per second"] = round(REQUESTS / (time.monotonic() - began), 1)
    if not any(answer.status == 200 for answer in answers.values()):
        raise Inconclusive("none of the reads was served")
    require_complete(audit, since, list(sent.values()))


@pytest.mark.requirement("AUD-06", tripped_by=["audit-limits-its-rate"])
def test_nothing_is_lost_in_a_storm(app, ehr, audit, correlated, chart, measured):
    """While the EHR answers 429 to everything every request has exactly one record

    The EHR refuses all calls; reads are sent, many at once. Served or refused, each has one record.

    Who tried to get at a record during the outage is as much a question as who got it.

    HIPAA 45 CFR 164.312(b); NIST SP 800-53 AU-5.
    """
    since = audit.size()
    sent = {number: next(iter(correlated(number).values())) for number in range(REQUESTS // 2)}
    with ehr.fault(fault("storm-429-bare", patient=chart.id)) as storm:
        answers = together(lambda number: app.read("Patient", chart.id, headers=correlated(number)), sent)
        ehr.require_applied(storm)
    measured["refused"] = sum(answer.status >= 400 for answer in answers.values())
    require_complete(audit, since, list(sent.values()))


@pytest.mark.requirement("AUD-06", tripped_by=["audit-buffers-in-memory"])
def test_nothing_is_lost_when_killed(gateway, app, tokens, audit, correlated, chart, measured):
    """Killed in full flight, the gateway has a record of everything it answered

    A second gateway is started with a trail of its own, and reads are sent, many at once. After some of them it is
    killed with SIGKILL. Each read that had its answer must have its record on disk.

    Power cuts and out-of-memory kills are when records in a buffer are gone.

    HIPAA 45 CFR 164.312(b); NIST SP 800-53 AU-5.
    """
    with gateway.second() as second:
        if (state := second.wait(READY_WITHIN_S)) != "ready":
            raise Inconclusive(f"a second gateway is {state}: {second.process.last_lines()}")
        reader = replace(
            app, base_url=second.base_url, token=lambda: tokens.token(app.client_id, audience=second.audience)
        )
        served = served_until_killed(reader, chart, correlated, second.process.pid)
        if len(served) < KILL_AFTER:
            raise Inconclusive(
                f"{len(served)} reads were served before the gateway was killed: too few to say anything"
            )
        measured["served before the kill"] = len(served)
        trail = audit.of_another(second.values)
        if trail.served is not None or trail.receiver is not None:
            second.again()  # its trail can be had from itself only
            second.wait(READY_WITHIN_S)
        missing = still_missing(trail, served)
        expect.equal(missing, [], "reads were answered that the trail does not know")


def still_missing(trail, served):
    """Return which of the served correlation ids have no record, after what is sent had time to arrive."""
    deadline = time.monotonic() + WRITTEN_WITHIN_S
    while True:
        missing = join(served, trail.correlation_ids()).missing
        if not missing or trail.receiver is None:
            return missing
        if time.monotonic() > deadline:
            trail.require_all_received()
            return missing
        time.sleep(0.1)


def served_until_killed(reader, chart, correlated, pid):
    """Send reads, kill the process after some answers, and return the correlation ids of those that were served."""
    served = []

    def send(number):
        try:
            answer = reader.read("Patient", chart.id, headers=correlated(number))
        except NoAnswer:
            return
        if answer.status == 200:
            served.append(next(iter(correlated(number).values())))
        if len(served) == KILL_AFTER:
            os.kill(pid, signal.SIGKILL)

    together(send, range(REQUESTS))
    return served
