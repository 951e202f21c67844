"""Draws: repeatable, within bounds, in the right proportions."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from synthetic.dice import between, normal, pick, stream, weighted


def test_a_stream_is_the_same_every_time_and_on_every_machine() -> None:
    draw = stream(b"key", 5)
    assert [round(draw(), 12) for _ in range(3)] == [0.83361178439, 0.219496812114, 0.887755838495]


@given(st.integers(0, 1 << 31), st.integers(0, 1 << 31))
def test_streams_of_different_charts_differ(one: int, other: int) -> None:
    assert (stream(b"key", one)() == stream(b"key", other)()) == (one == other)


@given(st.integers(-50, 50), st.integers(0, 100), st.integers(0, 1000))
def test_between_includes_both_ends(low: int, width: int, index: int) -> None:
    assert low <= between(stream(b"key", index), low, low + width) <= low + width


def test_between_reaches_both_ends() -> None:
    draw = stream(b"key", 0)
    assert {between(draw, 1, 3) for _ in range(200)} == {1, 2, 3}


def test_normal_has_its_mean_and_deviation() -> None:
    draw = stream(b"key", 1)
    values = [normal(draw, 100, 15) for _ in range(20_000)]
    mean = sum(values) / len(values)
    deviation = (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5
    assert abs(mean - 100) < 0.5
    assert abs(deviation - 15) < 0.4


@given(st.dictionaries(st.text(min_size=1), st.floats(0.01, 100), min_size=1, max_size=30), st.integers(100, 500))
def test_weighted_gives_everything_its_share(weights: dict[str, float], slots: int) -> None:
    counts = Counter(weighted(weights, slots))
    total = sum(weights.values())
    for item, weight in weights.items():
        assert counts[item] >= 1
        assert counts[item] <= weight * slots / total + 1


def test_weighted_fills_all_slots() -> None:
    assert len(weighted({"a": 1, "b": 1, "c": 1}, 100)) == 100


def test_pick_reaches_everything() -> None:
    draw = stream(b"key", 2)
    assert {pick(draw, "abc") for _ in range(100)} == set("abc")
