"""Family THR: limits of single endpoints of the EHR, whoever asks. Counted at the EHR."""

import concurrent.futures
import itertools
import math
import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.rationed import MOST_AT_ONCE, senders

ROLES = ("interactive", "batch")
AT_ONCE = 8
PATIENCE = 8  # times the burst: more pass only when reads are slower than what flows back
ASIDE = 2  # reads of another type beside them
REFUSED = 24  # in several turns, so that what another type would lose shows
MARGIN = 5  # calls beyond the limit that show that there is none
CHARTS = 6
REST_AT_MOST_S = 10.0


@pytest.fixture
def claimed(claims):
    """Return the limits of single types; skips the check where none is claimed."""
    if not claims.throttling.endpoint:
        pytest.skip("the target does not claim limits of single types")
    return claims.throttling.endpoint


def other_type(limited, claims):
    """Return a type that has no limit of its own, the first that is claimed."""
    own = {limit.type for limit in limited}
    return next((name for name in claims.core.types if name not in own), None)


@pytest.mark.requirement(
    "THR-03", tripped_by=["no-endpoint-limit", "endpoint-limit-per-lane", "one-endpoint-limit-for-all"]
)
def test_limit_of_one_type(apps, ehr, new_chart, claimed, claims, measured):
    """The claimed limit of a type holds at the EHR for all clients together, and other types do not feel it

    For each type that has a limit of its own, two apps read records of it, several at once, until reads are refused or
    the limit is clearly exceeded. Between the first and the last of these calls the EHR must have seen no more than the
    burst and what flows back meanwhile. What is refused is 429 or 503 and says when to come back. Among these reads are
    some of a type without a limit, which must all be served.

    The table that is slow in every EHR is the one that all apps want at eight in the morning.

    API strategy for legacy EHR vendors: limits per endpoint.
    """
    charts = [new_chart() for _ in range(CHARTS)]
    without = next((name for name in claims.core.types if name not in {limit.type for limit in claimed}), None)
    for limit in claimed:
        askers, others = readers(apps, charts, limit.type), readers(apps, charts, without)
        mark = ehr.mark()
        try:
            answers, aside = exceed(askers, others, limit)
        finally:
            time.sleep(min(limit.burst / limit.rate_per_s, REST_AT_MOST_S))  # the next check finds a full bucket
        started = sorted(call["started"] for call in ehr.calls(since=mark) if call["resource_type"] == limit.type)
        measured[f"reads of {limit.type}"], measured["calls at the EHR"] = len(answers), len(started)
        if not started:
            raise Inconclusive(f"no read of {limit.type} reached the EHR")
        most = math.floor(limit.burst + (started[-1] - started[0]) * limit.rate_per_s + 1)
        expect.at_most(len(started), most, f"the EHR was asked for {limit.type} beyond the claimed limit", "calls")
        for answer in answers:
            if expect.status(answer, 200, 429, 503).status != 200:
                expect.header(answer, "Retry-After", "a refusal does not say how long to wait")
                expect.operation_outcome(answer)
        for answer in aside:
            expect.status(answer, 200)


def readers(apps, charts, resource_type):
    """Return functions without end, each of which reads a record of the type, by turns for each app; none for None."""
    records = [record for chart in charts for record in chart.of_type(resource_type or "")]
    if resource_type and not records:
        raise Inconclusive(f"the charts have no {resource_type}")
    turns = zip(itertools.cycle([apps.app(role) for role in ROLES]), itertools.cycle(records), strict=False)
    return ((lambda app=app, record=record: app.read(record.type, record.id)) for app, record in turns)


def exceed(askers, others, limit):
    """Send until some reads are refused or the limit is clearly exceeded; return all answers, and those of `others`.

    Raises Inconclusive when neither happens: what flows back is quicker than the reads.
    """
    answers, aside, started, width = [], [], time.monotonic(), AT_ONCE
    with concurrent.futures.ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        while len(answers) < PATIENCE * (limit.burst + MARGIN):
            began = time.monotonic()
            sent = [pool.submit(send) for send in itertools.islice(askers, width)]
            apart = [pool.submit(send) for send in itertools.islice(others, ASIDE)]
            answers += [future.result() for future in sent]
            aside += [future.result() for future in apart]
            served = sum(answer.status == 200 for answer in answers)
            if len(answers) - served >= REFUSED:
                return answers, aside
            if served > limit.burst + (time.monotonic() - started) * limit.rate_per_s + MARGIN:
                return answers, aside
            width = senders(limit.rate_per_s, time.monotonic() - began, AT_ONCE)
    raise Inconclusive(f"{len(answers)} reads did not exceed the claimed limit: the answers come too slowly")
