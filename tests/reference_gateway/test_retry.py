"""When and after how long an attempt is repeated."""

import random
from email.utils import formatdate

import pytest

from reference_gateway.clock import Clock, Deadline
from reference_gateway.defects import parts_with
from reference_gateway.ehr_request import EhrFailure, EhrRequest
from reference_gateway.retry import RetryPolicy, retry_after_s

NOW = 1_800_000_000.4


def request(method="GET"):
    return EhrRequest(method, "Patient/x", "Patient", "c", "t", Deadline.after(Clock(), 4))


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("2", None, 2.0),
        (" 0 ", None, 0.0),
        ("999999999", None, 86_400.0),
        (formatdate(NOW + 2, usegmt=True), None, 1.6),
        (formatdate(NOW + 2, usegmt=True), formatdate(NOW, usegmt=True), 2.0),
        (formatdate(NOW + 302, usegmt=True), formatdate(NOW + 300, usegmt=True), 2.0),
        (formatdate(NOW - 60, usegmt=True), None, 0.0),
        ("soon", None, None),
        ("-1", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_retry_after(value, date, seconds):
    assert retry_after_s(value, date, NOW) == (seconds if seconds is None else pytest.approx(seconds, abs=0.01))


@pytest.mark.parametrize(
    ("method", "kind", "reached", "repeated"),
    [
        ("GET", "timeout", True, True),
        ("GET", "broken", True, True),
        ("GET", "error", True, True),
        ("GET", "overloaded", False, True),
        ("GET", "rejected", False, False),
        ("GET", "no-token", False, False),
        ("GET", "open", False, False),
        ("POST", "unreachable", False, True),
        ("POST", "broken", True, False),
        ("POST", "timeout", True, False),
        ("POST", "overloaded", False, False),
        ("POST", "error", True, False),
    ],
)
def test_what_is_repeated(method, kind, reached, repeated):
    policy = RetryPolicy(3, random.Random(1))
    wait = policy.wait_before_next(request(method), EhrFailure(kind, reached=reached), 1, 10)
    assert (wait is not None) == repeated


def test_repeats_are_bounded_and_fit_the_time_left():
    policy = RetryPolicy(3, random.Random(1))
    failure = EhrFailure("overloaded", reached=False, retry_after_s=2)
    assert policy.wait_before_next(request(), failure, 3, 10) is None
    assert policy.wait_before_next(request(), failure, 1, 1.9) is None
    assert policy.wait_before_next(request(), failure, 1, 10) >= 2


def test_backoff_grows_and_is_spread():
    policy = RetryPolicy(3, random.Random(1))
    spreads = [[policy.backoff(attempt) for _ in range(500)] for attempt in (1, 2, 3)]
    means = [sum(waits) / len(waits) for waits in spreads]
    assert means[1] / means[0] == pytest.approx(2, rel=0.2)
    assert means[2] / means[1] == pytest.approx(2, rel=0.2)
    assert min(spreads[0]) < 0.02
    assert max(spreads[0]) <= 0.25


def test_lockstep_is_a_defect():
    policy = parts_with("lockstep-backoff").retries(3, random.Random(1))
    assert len({policy.backoff(attempt) for attempt in (1, 2, 3) for _ in range(5)}) == 1
