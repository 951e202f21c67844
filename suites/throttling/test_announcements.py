"""Family THR: what answers say about the limit, and whether the limit is one for all instances of the gateway."""

import itertools
import math
import time
from collections import Counter
from dataclasses import replace

import pytest

from gauntlet import expect
from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.rate_limit_fields import read_left, read_policies
from gauntlet.rationed import Rationed

LONGEST_WAIT_S = 30
SLACK = 2  # requests: what flows back while an answer is under way
ROUNDS = 3  # until one is quick enough to prove something
SHORT_WAITS = 10  # a wait in which no request can have flowed back is tried so often
READY_WITHIN_S = 30.0


@pytest.fixture
def limited(apps, claims):
    """The app whose limit is claimed, rested so that its bucket is full."""
    time.sleep(min(claims.throttling.burst / claims.throttling.rate_per_s, 5.0))
    return apps.app(claims.throttling.role)


@pytest.fixture
def rationed(apps, claims, chart):
    """The same app, for using up its limit with one read."""
    app = apps.app(claims.throttling.role)
    return Rationed(lambda: app.read("Patient", chart.id), claims.throttling)


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
def test_announced_remainder_is_served(rationed, measured):
    """As many requests as RateLimit says are left are served at once

    The client uses up its limit and rests until half of a full bucket has flowed back by the claim. Its next answer
    says how many requests are left: so many are sent at once, and each must be served. It proves something only when
    they are sent quicker than the other half flows back; up to three rounds are tried.

    A batch job that was told that fifty are left starts with fifty.

    IETF draft, RateLimit header fields for HTTP, RateLimit.
    """
    half = rationed.claim.burst / 2
    for _ in range(ROUNDS):
        rationed.use_up()
        rationed.rest(max(half, SLACK))
        promised = left(expect.status(rationed.ask(), 200)).remaining
        measured["requests left, as announced"] = promised
        answers, took = rationed.at_once(min(promised, 2 * rationed.claim.burst))
        for answer in answers:
            expect.status(answer, 200)
        if promised and rationed.flown_back(took) < half:
            return
    raise Inconclusive("nothing was promised, or so slowly asked for that it had flowed back meanwhile")


@pytest.mark.requirement("THR-07", tripped_by=["announces-a-full-bucket", "announces-half-of-what-is-left"])
def test_announced_end(limited, rationed, claims, measured):
    """Where RateLimit says that nothing is left the next request is refused, and where it is refused nothing is left

    The client sends until it has been refused. A refusal must not say that more is left than flowed back while it was
    under way; and once an answer has said that nothing is left, no more is served than flows back meanwhile.

    A client that stops in time because it was told so must not lose half of its rate for it.

    IETF draft, RateLimit header fields for HTTP, RateLimit.
    """
    said_empty, served_since, rate = None, 0, claims.throttling.rate_per_s
    for answers in rationed.rounds(least=1):
        told = [(answer, left(answer).remaining) for answer in answers]
        refused = [(answer, remaining) for answer, remaining in told if answer.status == 429]
        served_since += len(answers) - len(refused) if said_empty is not None else 0
        for answer, remaining in refused:  # there was less than one; meanwhile it may have become one
            whole = math.floor(1 + answer.duration_s * rate)
            expect.at_most(remaining, whole, "a refusal says that requests are left", "requests")
        if said_empty is None and any(remaining == 0 for _, remaining in told):
            said_empty = time.monotonic() - max(answer.duration_s for answer in answers)  # or later
        if refused:
            break
    else:
        raise Inconclusive("the client was never refused: nothing was proven")
    if said_empty is None:
        return
    back = (time.monotonic() - said_empty) * rate
    measured["served after nothing was left"] = served_since
    expect.at_most(served_since, back + SLACK, "requests were served after nothing was said to be left", "requests")


@pytest.mark.requirement("THR-07", tripped_by=["announces-no-wait"])
def test_announced_reset(rationed, measured):
    """After the seconds that RateLimit names as the reset, a refused client is served

    The client sends until it is refused, waits as long as `t` says, and asks once more. Where `t` is shorter than the
    time in which one request flows back by the claim, chance may bring that request: it is tried again, up to ten
    times, and says nothing when no try was quicker than that.

    A client without Retry-After in its library waits for the reset.

    IETF draft, RateLimit header fields for HTTP, RateLimit.
    """
    quickest = math.inf
    for _ in range(SHORT_WAITS):
        refused = rationed.use_up()
        began = time.monotonic()
        wait = left(refused).reset_s
        if wait is None:
            pytest.skip("RateLimit names no reset")
        expect.at_most(wait, LONGEST_WAIT_S, "the reset is out of proportion to the claimed rate", "s")
        measured["seconds until the reset"] = wait
        time.sleep(wait)
        expect.status(rationed.ask(), 200)
        if rationed.flown_back(wait) >= 1:
            return
        quickest = min(quickest, time.monotonic() - began)
    if rationed.flown_back(quickest) >= 1:
        raise Inconclusive(f"a request took {quickest:.2f} s: in that time another one flows back, whatever was told")


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
        served, refused = Counter(), Counter()
        turns = itertools.cycle((limited, other))
        client = Rationed(lambda: next(turns).read("Patient", chart.id), claims.throttling)
        for answers in client.rounds(least=2):
            for answer in answers:
                instance = "second" if answer.sent.startswith(f"GET {other.base_url}/") else "first"
                (served if answer.status == 200 else refused)[instance] += 1
            if len(refused) == 2:
                break
        took = time.monotonic() - started
        calls = len(ehr.calls(since=mark, patient=chart.id))
    measured["served by both"], measured["calls at the EHR"] = served.total(), calls
    if len(served) < 2:
        raise Inconclusive("one of the instances served nothing: it proves nothing about the other")
    limit = claims.throttling.burst + took * claims.throttling.rate_per_s + SLACK
    expect.at_most(served.total(), math.floor(limit), "two instances admit more than the claimed limit", "requests")
    expect.at_most(calls, math.floor(limit), "the EHR was asked more often than the claimed limit", "calls")
    if len(refused) < 2:
        raise Inconclusive("an instance never refused: the answers come too slowly to exceed the limit")
