"""Circuit breakers, with a clock that the test holds."""

import pytest

from reference_gateway.breaker import Breakers
from reference_gateway.clock import Clock
from reference_gateway.ehr_request import EhrFailure


class Moment:
    now = 100.0


@pytest.fixture
def moved():
    return []


@pytest.fixture
def breakers(moved):
    Moment.now = 100.0
    return Breakers(3, 2.0, Clock(monotonic=lambda: Moment.now), lambda *what: moved.append(what))


def fail(breakers, kind="error", times=1, status=None):
    for _ in range(times):
        breakers.failed("Encounter", EhrFailure(kind, reached=True, status=status))


@pytest.mark.parametrize(
    ("kind", "status", "opens"),
    [("error", 500, True), ("timeout", None, True), ("unreachable", None, True), ("overloaded", 503, True),
     ("overloaded", 429, False), ("rejected", 401, False), ("no-token", None, False), ("busy", None, False)],
)  # fmt: skip
def test_what_counts(breakers, kind, status, opens):
    fail(breakers, kind, 3, status)
    assert breakers.open_types() == (["Encounter"] if opens else [])


def test_success_resets_the_count(breakers):
    fail(breakers, times=2)
    breakers.succeeded("Encounter")
    fail(breakers, times=2)
    assert breakers.enter("Encounter") is False


def test_open_refuses_then_lets_one_probe_through(breakers, moved):
    fail(breakers, times=3)
    with pytest.raises(EhrFailure) as refused:
        breakers.enter("Encounter")
    assert refused.value.retry_after_s == 2.0
    assert breakers.enter("Patient") is False
    Moment.now += 2
    assert breakers.enter("Encounter") is True
    with pytest.raises(EhrFailure):
        breakers.enter("Encounter")
    fail(breakers)
    with pytest.raises(EhrFailure):
        breakers.enter("Encounter")
    Moment.now += 2
    assert breakers.enter("Encounter") is True
    breakers.succeeded("Encounter")
    assert breakers.enter("Encounter") is False
    assert moved == [("Encounter", True), ("Encounter", False)]
