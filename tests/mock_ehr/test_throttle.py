"""The token bucket."""

from __future__ import annotations

from mock_ehr.throttle import Rate, Throttle


def test_a_bucket_empties_and_refills() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    assert throttle.wait_s("a") == 0
    throttle.limit(Rate(per_s=0.5, burst=2))
    assert [throttle.wait_s("a") for _ in range(3)] == [0, 0, 2]
    assert throttle.wait_s("b") == 0
    now[0] = 1.9
    assert throttle.wait_s("a") == 1
    now[0] = 2.0
    assert [throttle.wait_s("a"), throttle.wait_s("a")] == [0, 2]
    assert throttle.refused == 3
    throttle.lift()
    assert throttle.wait_s("a") == 0
