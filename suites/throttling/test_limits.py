"""Family THR: the claimed limit per client holds, hurts nobody else, and waiting as told is enough."""

import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive

PATIENCE = 5  # times the burst: more is sent only by a client that is slower than the refill
MARGIN = 3  # requests more than the burst plus what refills meanwhile: some must be refused


@pytest.fixture
def limited(apps, claims):
    """The app whose limit is claimed, rested so that its bucket is full."""
    time.sleep(min(claims.throttling.burst / claims.throttling.rate_per_s, 5.0))
    return apps.app(claims.throttling.role)


def exceed(limited, chart, claims):
    """Send requests until some are refused or the claimed limit is clearly exceeded; return all answers.

    Inconclusive when answers come so slowly that the bucket refills meanwhile.
    """
    answers = []
    started = time.monotonic()
    for _ in range(PATIENCE * (claims.throttling.burst + MARGIN)):
        answers.append(limited.read("Patient", chart.id))
        refilled = (time.monotonic() - started) * claims.throttling.rate_per_s
        if sum(answer.status == 429 for answer in answers) >= MARGIN:
            return answers
        if len(answers) > claims.throttling.burst + refilled + MARGIN + 2:
            return answers
    raise Inconclusive(f"{len(answers)} requests did not exceed the claimed limit: the answers come too slowly")


@pytest.mark.requirement("THR-01", tripped_by=["no-throttle", "no-retry-after", "throttles-after-upstream"])
def test_limit_is_enforced(limited, ehr, chart, claims, measured):
    """Beyond the claimed limit a client gets 429 with Retry-After, and the EHR is not asked

    One client sends more than its burst in one go.

    The limit is what stands between a runaway script and the EHR of the whole hospital.

    RFC 6585 section 4.
    """
    mark = ehr.mark()
    answers = exceed(limited, chart, claims)
    refused = [answer for answer in answers if answer.status == 429]
    served = [answer for answer in answers if answer.status == 200]
    measured["sent"], measured["refused"] = len(answers), len(refused)
    if not served:
        raise Inconclusive("not one request was served: the bucket was never full")
    expect.that(
        bool(refused),
        "the claimed limit is not enforced",
        expected=f"429 after a burst of {claims.throttling.burst}",
        actual=f"{len(served)} of {len(answers)} requests served",
    )
    for answer in refused:
        expect.header(answer, "Retry-After", "a 429 does not say how long to wait")
        expect.operation_outcome(answer, "throttled")
    calls = sum(call["resource_type"] != "Consent" for call in ehr.calls(since=mark, patient=chart.id))
    expect.at_most(calls, len(served), "refused requests reached the EHR", "calls at the EHR")


@pytest.mark.requirement("THR-02", tripped_by=["shared-bucket"])
def test_noisy_client_hurts_nobody(limited, app, new_chart, claims):
    """While one client is refused, another one is served

    The limited client exceeds its limit; the interactive app's requests in between must all be served.

    The morning rush of one app must not lock the ward out.

    API strategy for legacy EHR vendors: fairness.
    """
    noisy, quiet = new_chart(), new_chart()
    answers = exceed(limited, noisy, claims)
    if not any(answer.status == 429 for answer in answers):
        raise Inconclusive("the noisy client was never refused: nothing was proven")
    for _ in range(5):
        limited.read("Patient", noisy.id)
        expect.status(app.read("Patient", quiet.id), 200)


@pytest.mark.requirement("THR-06", tripped_by=["slow-refill"])
def test_waiting_as_told_is_enough(limited, chart, claims, measured):
    """After waiting as long as Retry-After says, the next request is served

    The client exceeds its limit, waits as told, and asks once more.

    A Retry-After that is too short turns obedient clients into noisy ones.

    RFC 9110 section 10.2.3.
    """
    refused = [answer for answer in exceed(limited, chart, claims) if answer.status == 429]
    if not refused:
        raise Inconclusive("the client was never refused: nothing was proven")
    told = expect.header(refused[-1], "Retry-After", "a 429 does not say how long to wait")
    expect.that(told.isdigit(), "Retry-After is not a number of seconds", expected="seconds", actual=told)
    expect.at_most(int(told), 30, "Retry-After is out of proportion to the claimed rate", "s")
    measured["told to wait s"] = int(told)
    time.sleep(int(told))
    expect.status(limited.read("Patient", chart.id), 200)


@pytest.mark.requirement("THR-06", tripped_by=["slow-refill", "no-burst"])
def test_burst_passes(limited, chart, claims):
    """A burst within the bucket passes

    As many requests as the claimed burst, at once, on a full bucket.

    Opening a chart is a burst by nature; it must not be refused.

    API strategy for legacy EHR vendors: token bucket.
    """
    answers = [limited.read("Patient", chart.id) for _ in range(claims.throttling.burst)]
    for answer in answers:
        expect.equal(expect.status(answer, 200).resource("Patient").get("id"), chart.id, "another record is delivered")


@pytest.mark.requirement("THR-05", tripped_by=["unknown-clients-interactive"])
def test_unknown_client_gets_the_lowest_lane(apps, chart, claims, measured):
    """A client that the gateway does not know gets no more than the limited one

    An app with a good token, whose client id is in nobody's list, sends as many requests as the limited client may, and
    some more.

    If unknown traffic were fast traffic, forgetting to register would be the way around every limit.

    API strategy for legacy EHR vendors: unclassified traffic.
    """
    answers = exceed(apps.app("unregistered"), chart, claims)
    refused = [answer for answer in answers if answer.status in (401, 403, 429)]
    measured["sent"], measured["refused"] = len(answers), len(refused)
    expect.that(
        bool(refused),
        "an unknown client is served without the limit of the lowest lane",
        expected=f"a refusal after at most a burst of {claims.throttling.burst}",
        actual=f"all of {len(answers)} requests served",
    )
