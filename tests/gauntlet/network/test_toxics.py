"""Each toxic's steps for given chunks, with a clock that only moves when a step pauses."""

from __future__ import annotations

from random import Random

import pytest

from gauntlet.network.toxics import (
    TOXICS,
    Bandwidth,
    Chunk,
    Latency,
    LimitData,
    Place,
    ResetPeer,
    Slicer,
    SlowClose,
    Step,
    Timeout,
    Toxic,
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def walked(toxic: Toxic, *chunks: bytes, place: Place | None = None, clock: Clock | None = None) -> list[Step]:
    """Walk through the steps for chunks that are all received at once, as a stage does."""
    clock = clock or Clock()
    place = place or Place(clock, Random(1))
    received = clock.now
    steps = []
    for data in chunks:
        for pause, out in toxic.steps(Chunk(data, received), place):
            clock.now += pause
            place.passed += len(out or b"")
            steps.append((round(clock.now - received, 6), out))
    return steps


def test_every_toxic_is_known_by_its_own_name() -> None:
    assert sorted(TOXICS) == sorted(
        ["noop", "latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data"]
    )


@pytest.mark.parametrize("toxic", [Toxic(), SlowClose(delay=500)])
def test_data_passes_untouched(toxic: Toxic) -> None:
    assert walked(toxic, b"abc", b"de") == [(0, b"abc"), (0, b"de")]


def test_latency_counts_from_the_receive_time_so_that_chunks_do_not_queue_up() -> None:
    assert walked(Latency(latency=200), b"a", b"b", b"c") == [(0.2, b"a"), (0.2, b"b"), (0.2, b"c")]


def test_two_latencies_add_up() -> None:
    clock = Clock()
    chunk = Chunk(b"a", clock.now)
    for toxic in (Latency(latency=200), Latency(latency=50)):
        for pause, _ in toxic.steps(chunk, Place(clock, Random(1))):
            clock.now += pause
    assert clock.now == pytest.approx(100.25)


def test_jitter_stays_within_its_bounds_and_repeats_with_the_seed() -> None:
    def delays(seed: int) -> list[float]:
        toxic, clock = Latency(latency=100, jitter=30), Clock()
        place = Place(clock, Random(seed))
        return [next(toxic.steps(Chunk(b"a", clock.now), place))[0] for _ in range(200)]

    seen = delays(7)
    assert delays(7) == seen != delays(8)
    assert 0.0699 <= min(seen) < 0.08
    assert 0.12 < max(seen) < 0.13


def test_a_jitter_above_the_latency_never_waits_backwards() -> None:
    place = Place(lambda: 5.0, Random(1))
    pauses = [next(Latency(latency=1, jitter=50).steps(Chunk(b"a", 5.0), place))[0] for _ in range(50)]
    assert min(pauses) == 0.0


def test_bandwidth_sends_100_ms_pieces_and_the_rest_in_time() -> None:
    steps = walked(Bandwidth(rate=1), b"x" * 250)
    assert [(at, len(out or b"")) for at, out in steps] == [(0.1, 100), (0.2, 100), (0.25, 50)]


def test_bandwidth_makes_up_for_late_timers() -> None:
    clock = Clock()
    place = Place(clock, Random(1))
    for pause, _ in Bandwidth(rate=10).steps(Chunk(b"x" * 1000, clock.now), place):
        clock.now += pause + 0.02  # the timer rings 20 ms late
    assert place.debt == pytest.approx(-0.02)
    assert walked(Bandwidth(rate=10), b"x" * 1000, place=place, clock=clock)[-1][0] == pytest.approx(0.08)


def test_bandwidth_of_nothing_stalls() -> None:
    steps = Bandwidth(rate=0).steps(Chunk(b"abc", 0.0), Place(lambda: 0.0, Random(1)))
    assert [next(steps) for _ in range(50)] == [(0.1, b"")] * 50


@pytest.mark.parametrize(
    ("toxic", "closing", "patience"),
    [
        (Toxic(), (0.0, None), None),
        (Latency(latency=900), (0.0, None), None),
        (SlowClose(delay=1500), (1.5, None), None),
        (Timeout(timeout=250), (0.0, None), 0.25),
        (Timeout(timeout=0), (0.0, None), None),
        (ResetPeer(timeout=300), (0.3, None), None),
    ],
    ids=str,
)
def test_what_a_close_and_silence_lead_to(toxic: Toxic, closing: Step, patience: float | None) -> None:
    assert list(toxic.closing()) == [closing]
    assert toxic.patience() == patience


def test_timeout_drops_and_reset_closes() -> None:
    assert walked(Timeout(timeout=100), b"abc") == []
    assert walked(ResetPeer(timeout=40), b"abc") == [(0.04, None)]


def test_slicer_cuts_into_pieces_with_a_pause_after_each() -> None:
    steps = walked(Slicer(average_size=25, size_variation=0, delay=1000), bytes(range(100)))
    assert b"".join(out or b"" for _, out in steps) == bytes(range(100))
    assert [(at, len(out or b"")) for at, out in steps] == [
        (0.0, 25),
        (0.001, 25),
        (0.002, 25),
        (0.003, 25),
        (0.004, 0),
    ]


@pytest.mark.parametrize(("average", "variation"), [(64, 10), (64, 64), (1, 0), (0, 0), (3, 50)])
def test_slicer_loses_nothing_and_ends_whatever_the_sizes(average: int, variation: int) -> None:
    data = Random(3).randbytes(2000)
    pieces = [out or b"" for _, out in walked(Slicer(average_size=average, size_variation=variation), data)]
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= max(1, average + variation)
    assert len(pieces) > 2000 / (average + variation + 1)


@pytest.mark.parametrize(
    ("limit", "chunks", "expected"),
    [
        (4, [b"ab", b"cdef"], [b"ab", b"cd", None]),
        (4, [b"abcd"], [b"abcd", None]),
        (4, [b"abc"], [b"abc"]),
        (0, [b"abc"], [None]),
    ],
)
def test_limit_counts_over_chunks_and_closes_when_it_is_reached(
    limit: int, chunks: list[bytes], expected: list[bytes | None]
) -> None:
    assert [out for _, out in walked(LimitData(bytes=limit), *chunks)] == expected


def test_the_limit_s_count_survives_a_changed_limit() -> None:
    place = Place(lambda: 0.0, Random(1))
    walked(LimitData(bytes=10), b"abcdef", place=place)
    assert [out for _, out in walked(LimitData(bytes=8), b"ghijk", place=place)] == [b"gh", None]
