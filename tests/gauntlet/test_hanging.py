"""Waiting for calls that hang: all of them, those that are let through, or nobody."""

import itertools

import pytest

from gauntlet.errors import Inconclusive
from gauntlet.hanging import AT_EHR_WITHIN_S, wait_until_hanging


def waited(counts, wanted=8):
    """Return for how long it waits when each look finds the next count, the last one over and over."""
    now, seen = [0.0], itertools.chain(counts, itertools.repeat(counts[-1]))
    wait_until_hanging(lambda: next(seen), wanted, lambda: now[0], lambda s: now.__setitem__(0, now[0] + s))
    return now[0]


def test_ends_when_all_are_there():
    assert waited([0, 3, 8]) == pytest.approx(0.04)


def test_ends_when_no_more_come():
    assert 0.4 < waited([0, 3]) < 0.5


def test_goes_on_while_more_come():
    slow = [count for count in range(1, 8) for _ in range(15)]  # one in 0.3 s
    assert waited([*slow, 8]) > 2


def test_nobody_is_inconclusive():
    with pytest.raises(Inconclusive, match="0 of 8 calls reached the EHR within 10 s"):
        waited([0])
    assert AT_EHR_WITHIN_S == 10
