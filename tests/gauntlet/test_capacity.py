from __future__ import annotations

import pytest

from gauntlet.capacity import Capacity, bisected


@pytest.mark.parametrize(
    ("limit", "expected"), [(130.0, (125.0, 131.2)), (101.0, (100.0, 106.2)), (149.0, (143.8, 150.0))]
)
def test_bisection_closes_in(limit, expected) -> None:
    found = bisected(Capacity(100.0, 150.0, generator_limited=False), lambda rate: rate <= limit, 3)
    assert (found.good, found.bad) == expected


def test_a_run_that_cannot_be_told_ends_the_search() -> None:
    found = bisected(Capacity(100.0, 150.0, generator_limited=False), lambda _: None, 3)
    assert found == Capacity(100.0, 150.0, generator_limited=True)


def test_nothing_to_bisect_when_all_was_held() -> None:
    whole = Capacity(400.0, None, generator_limited=False)
    assert bisected(whole, lambda _: pytest.fail("no run is needed"), 3) == whole
