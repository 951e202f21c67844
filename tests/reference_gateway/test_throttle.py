"""Token buckets with a clock that the test holds."""

import pytest

from reference_gateway.client_limits import ClientLimit, ClientLimits
from reference_gateway.clock import Clock
from reference_gateway.defects import parts_with
from reference_gateway.refusal import Refusal
from reference_gateway.throttle import Throttle


class Moment:
    now = 0.0


LIMITS = ClientLimits({"app": ClientLimit("partner", 5, 10)}, ClientLimit("batch", 0.5, 2))


@pytest.fixture
def clock():
    Moment.now = 0.0
    return Clock(monotonic=lambda: Moment.now)


def admitted(throttle, client, tries):
    count = 0
    for _ in range(tries):
        try:
            throttle.admit(client)
        except Refusal:
            continue
        count += 1
    return count


def test_burst_then_rate(clock):
    throttle = Throttle(LIMITS, clock)
    assert admitted(throttle, "app", 20) == 10
    Moment.now += 1
    assert admitted(throttle, "app", 20) == 5
    Moment.now += 100
    assert admitted(throttle, "app", 20) == 10


@pytest.mark.parametrize("client", ["app", "stranger"])
def test_waiting_as_told_is_enough(clock, client):
    throttle = Throttle(LIMITS, clock)
    admitted(throttle, client, 20)
    with pytest.raises(Refusal) as refused:
        throttle.admit(client)
    assert refused.value.status == 429
    Moment.now += int(refused.value.headers["Retry-After"])
    throttle.admit(client)


def test_clients_do_not_share(clock):
    throttle = Throttle(LIMITS, clock)
    assert admitted(throttle, "noisy", 20) == 2
    assert admitted(throttle, "quiet", 2) == 2


def test_unknown_clients_get_the_lowest_lane(clock):
    assert Throttle(LIMITS, clock).admit("stranger").lane == "batch"
    limits = ClientLimits({"ward": ClientLimit("interactive", 5, 10)}, LIMITS.default)
    assert Throttle(limits, clock).admit("stranger").lane == "batch"
    assert parts_with("unknown-clients-interactive").throttle(limits, clock).admit("stranger").lane == "interactive"
