from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gauntlet.load.histogram import Histogram


def of(*seconds: float) -> Histogram:
    histogram = Histogram()
    for value in seconds:
        histogram.record(value)
    return histogram


@given(st.integers(0, 10**10), st.integers(0, 10**10))
def test_any_single_value_is_at_most_a_thousandth_off(us: int, other: int) -> None:
    found = of(us / 1e6, other / 1e6)
    for percent, true in ((50, min(us, other)), (100, max(us, other))):
        assert found.percentile_ms(percent) * 1000 == pytest.approx(true, rel=0.001, abs=0.001)


def test_percentiles_of_many_values_are_the_nearest_rank() -> None:
    source = random.Random(1)
    values = sorted(source.lognormvariate(-4, 1.5) for _ in range(5000))
    histogram = of(*values)
    percents = (0, 1, 50, 95, 99, 99.9, 100)
    for percent, found in zip(percents, histogram.percentiles_ms(percents), strict=True):
        true = values[max(1, math.ceil(percent * 50)) - 1] * 1000
        assert found == pytest.approx(true, rel=0.001, abs=0.001)


def test_a_percentile_never_leaves_the_range_of_the_samples() -> None:
    histogram = of(1.0003, 1.0003)
    assert histogram.percentile_ms(0) == histogram.percentile_ms(100) == 1000.3


def test_merging_equals_counting_everything_in_one() -> None:
    source = random.Random(2)
    parts = [[source.expovariate(50) for _ in range(300)] for _ in range(4)]
    merged = Histogram()
    for part in [[], *parts]:
        merged.merge(of(*part))
    assert merged.to_json() == of(*(value for part in parts for value in part)).to_json()


def test_json_is_compact_and_comes_back_the_same() -> None:
    histogram = of(*(random.Random(3).expovariate(20) for _ in range(1000)))
    text = json.dumps(histogram.to_json())
    assert len(text) < 10_000
    assert Histogram.from_json(json.loads(text)).to_json() == histogram.to_json()


def test_empty_and_negative() -> None:
    assert Histogram().percentiles_ms((50, 99)) == [0.0, 0.0]
    assert Histogram.from_json(Histogram().to_json()).count == 0
    assert of(-1.0).percentile_ms(100) == 0


@pytest.mark.parametrize("percents", [(101,), (-1,), (99, 50), (float("nan"),)])
def test_impossible_percentiles_are_refused(percents) -> None:
    with pytest.raises(ValueError, match="must ascend"):
        of(1.0).percentiles_ms(percents)


@pytest.mark.parametrize("change", [{"unit": "ms"}, {"sub_buckets": 64}, {"count": 9}])
def test_a_histogram_that_is_not_ours_is_refused(change) -> None:
    with pytest.raises(ValueError, match="histogram"):
        Histogram.from_json({**of(1.0).to_json(), **change})


def test_many_at_once_count_as_one_by_one() -> None:
    source = random.Random(4)
    values = [-1.0, 0.0, *(source.expovariate(5) for _ in range(500)), 4000.0]
    together = Histogram()
    for part in (values[:3], [], values[3:]):
        together.record_all(part)
    assert together.to_json() == of(*values).to_json()
