"""Who waits for the gateway, and who waits for us: only the latter is start lag."""

from types import SimpleNamespace

from gauntlet.load.waiting import Waiting


def waiting():
    told = []
    return Waiting(SimpleNamespace(arrived=lambda arrival, lag: told.append((arrival, round(lag, 6))))), told


def test_being_held_back_by_us_is_lag():
    queue, told = waiting()
    queue.put(7, 1.0, 0.002, full=False)
    assert (len(queue), queue.first(), told) == (1, (7, 1.0), [])
    assert queue.take(1.3) == 7
    assert told == [(7, 0.302)]
    assert not queue


def test_waiting_at_the_profiles_limit_is_none():
    queue, told = waiting()
    queue.put(7, 1.0, 0.002, full=True)
    assert told == [(7, 0.002)], "it is counted at once"
    queue.take(9.0)
    assert told == [(7, 0.002)], "and once"


def test_first_come_first_served():
    queue, _ = waiting()
    for arrival in (3, 4, 5):
        queue.put(arrival, 1.0, 0.0, full=False)
    assert [queue.take(2.0) for _ in range(3)] == [3, 4, 5]


def test_who_is_held_back_until_the_limit_is_reached_waits_for_the_gateway_from_then_on():
    queue, told = waiting()
    queue.put(3, 1.0, 0.001, full=True)
    queue.put(4, 1.0, 0.002, full=False)
    queue.put(5, 1.0, 0.003, full=False)
    queue.wait_for_gateway(1.01)
    assert told == [(3, 0.001), (4, 0.012), (5, 0.013)]
    queue.put(6, 2.0, 0.0, full=False)
    queue.wait_for_gateway(2.5)
    assert [queue.take(9.0) for _ in range(4)] == [3, 4, 5, 6]
    assert told[3:] == [(6, 0.5)], "each is told once"
