"""Family THR: what answers say about the limit, and whether the limit is one for all instances of the gateway."""

import itertools
import math
import time
from dataclasses import replace

import pytest

from gauntlet import expect
from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.rate_limit_fields import read_left, read_policies

LONGEST_WAIT_S = 30
SLACK = 2  # requests: what flows back while an answer is under way
READY_WITHIN_S = 30.0


@pytest.fixture
def limited(apps, claims):
    """The app whose limit is claimed, rested so that its bucket is full."""
    time.sleep(min(claims.throttling.burst / claims.throttling.rate_per_s, 5.0))
    return apps.app(claims.throttling.role)


def fields(answer, read, name):
    """Return what a field of an answer says. Skips the check when it is not sent; fails when nobody can read it."""
    text = answer.headers.get(name)
    if text is None:
        pytest.skip(f"answers have no {name}")
    try:
        return read(text)
    except ValueError as error:
        raise CheckFailed(f"{name} cannot be read: {error}", expected="q and w, or r and t", actual=text) from None


def left(answer):
    """Return the tightest of what RateLimit says is left."""
    return min(fields(answer, read_left, "ratelimit"), key=lambda item: item.remaining)


@pytest.mark.requirement("THR-07", tripped_by=["announces-another-quota"])
def test_announced_policy(limited, chart, claims):
    """The announced quota is one that the client has

    RateLimit-Policy of an answer is held against the claimed limit: in its window no more can be admitted than a full
    bucket and what flows back meanwhile.

    A client that plans with a quota it does not have is refused in the middle of its work.

    IETF draft, RateLimit header fields for HTTP.
    """
    answer = expect.status(limited.read("Patient", chart.id), 200)
    for policy in fields(answer, read_policies, "ratelimit-policy"):
        possible = claims.throttling.burst + claims.throttling.rate_per_s * (policy.window_s or 0)
        expect.at_most(
            policy.quota, math.floor(possible), "the announced quota is more than the limit admits", "requests"
        )


@pytest.mark.requirement("THR-07", tripped_by=["announces-a-full-bucket"])
def test_announced_remainder_is_served(limited, chart, measured):
    """As many requests as RateLimit says are left are served at once

    After one answer the client sends as many requests as are said to be left. Each must be served.

    A batch job that was told that fifty are left starts with fifty.

    IETF draft, RateLimit header fields for HTTP, RateLimit.
    """
    promised = left(expect.status(limited.read("Patient", chart.id), 200)).remaining
    measured["requests left, as announced"] = promised
    if not promised:
        raise Inconclusive("nothing was left on a rested client: nothing was promised")
    for _ in range(promised):
        expect.status(limited.read("Patient", chart.id), 200)


@pytest.mark.requirement("THR-07", tripped_by=["announces-a-full-bucket", "announces-half-of-what-is-left"])
def test_announced_end(limited, chart, claims, measured):
    """Where RateLimit says that nothing is left the next request is refused, and where it is refused nothing is left

    The client sends until it has been refused. A refusal must not say that something is left; and once an answer has
    said that nothing is, no more is served than flows back meanwhile.

    A client that stops in time because it was told so must not lose half of its rate for it.

    IETF draft, RateLimit header fields for HTTP, RateLimit.
    """
    said_empty, served_since = None, 0
    for _ in itertools.repeat(None, 5 * claims.throttling.burst):
        answer = limited.read("Patient", chart.id)
        remaining = left(answer).remaining
        if answer.status == 429:
            expect.equal(remaining, 0, "a refusal says that requests are left")
            break
        served_since += said_empty is not None
        if said_empty is None and remaining == 0:
            said_empty = time.monotonic()
    else:
        raise Inconclusive("the client was never refused: nothing was proven")
    if said_empty is None:
        return
    back = (time.monotonic() - said_empty) * claims.throttling.rate_per_s
    measured["served after nothing was left"] = served_since
    expect.at_most(served_since, back + SLACK, "requests were served after nothing was said to be left", "requests")


@pytest.mark.requirement("THR-07", tripped_by=["announces-no-wait"])
def test_announced_reset(limited, chart, claims, measured):
    """After the seconds that RateLimit names as the reset, a refused client is served

    The client sends until it is refused, waits as long as `t` says, and asks once more.

    A client without Retry-After in its library waits for the reset.

    IETF draft, RateLimit header fields for HTTP, RateLimit.
    """
    answers = (limited.read("Patient", chart.id) for _ in range(5 * claims.throttling.burst))
    refused = next((answer for answer in answers if answer.status == 429), None)
    if refused is None:
        raise Inconclusive("the client was never refused: nothing was proven")
    wait = left(refused).reset_s
    if wait is None:
        pytest.skip("RateLimit names no reset")
    expect.at_most(wait, LONGEST_WAIT_S, "the reset is out of proportion to the claimed rate", "s")
    measured["seconds until the reset"] = wait
    time.sleep(wait)
    expect.status(limited.read("Patient", chart.id), 200)


@pytest.mark.requirement("THR-08", tripped_by=["each-instance-counts-alone"])
def test_limit_holds_across_instances(limited, gateway, ehr, chart, claims, tokens, measured):
    """Two instances side by side admit together what one client is claimed to have

    A second instance is started. The client sends to both in turn until each has refused it. Both together must have
    served no more than its burst and what flowed back meanwhile, at the EHR too. Control: both serve.

    Behind a balancer with ten instances, a limit that each counts alone is ten times the limit.

    API strategy for legacy EHR vendors: limits across instances.
    """
    if not claims.throttling.shared:
        pytest.skip("the target does not claim that its instances share the limit")
    with gateway.second() as second:
        if second.wait(READY_WITHIN_S) != "ready":
            raise Inconclusive(f"a second instance does not become ready: {second.process.last_lines()}")
        other = replace(
            limited,
            base_url=second.base_url,
            token=lambda: tokens.token(limited.client_id, audience=second.audience),
        )
        mark, started = ehr.mark(), time.monotonic()
        served = {"first": 0, "second": 0}
        refused = dict.fromkeys(served, 0)
        for name, app in itertools.islice(
            itertools.cycle({"first": limited, "second": other}.items()), 2 * rounds(claims)
        ):
            answer = app.read("Patient", chart.id)
            (served if answer.status == 200 else refused)[name] += 1
            if all(refused.values()):
                break
        took = time.monotonic() - started
        calls = len(ehr.calls(since=mark, patient=chart.id))
    measured["served by both"], measured["calls at the EHR"] = sum(served.values()), calls
    if not all(served.values()):
        raise Inconclusive("one of the instances served nothing: it proves nothing about the other")
    limit = claims.throttling.burst + took * claims.throttling.rate_per_s + SLACK
    expect.at_most(
        sum(served.values()), math.floor(limit), "two instances admit more than the claimed limit", "requests"
    )
    expect.at_most(calls, math.floor(limit), "the EHR was asked more often than the claimed limit", "calls")


def rounds(claims):
    """Return how many requests to each instance exceed the limit even when both are slow."""
    return 5 * claims.throttling.burst
