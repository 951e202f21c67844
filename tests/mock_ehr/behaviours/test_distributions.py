"""Distributions of delays."""

from __future__ import annotations

import random
from statistics import mean, median
from typing import Any

import pytest

from mock_ehr.behaviours.checks import FaultError
from mock_ehr.behaviours.distributions import DISTRIBUTIONS, parse_distribution

SETTINGS: dict[str, dict[str, float]] = {
    "fixed": {"seconds": 0.5},
    "uniform": {"low_s": 0.2, "high_s": 0.6},
    "exponential": {"mean_s": 0.5},
    "normal": {"mean_s": 0.5, "deviation_s": 0.1},
    "lognormal": {"median_s": 0.5, "sigma": 0.8},
    "pareto": {"scale_s": 0.2, "shape": 1.5},
}


def drawn(kind: str, seed: int = 1, **changes: float) -> list[float]:
    made = parse_distribution({"kind": kind, **SETTINGS[kind], **changes})
    draw = random.Random(seed)
    return [made.draw(draw) for _ in range(4000)]


def test_every_distribution_is_tested() -> None:
    assert set(SETTINGS) == set(DISTRIBUTIONS)


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_seed_decides(kind: str) -> None:
    assert drawn(kind) == drawn(kind)
    assert kind == "fixed" or drawn(kind, 1) != drawn(kind, 2)
    assert min(drawn(kind)) >= 0


@pytest.mark.parametrize(
    ("kind", "of", "wanted"),
    [
        ("fixed", mean, 0.5),
        ("uniform", mean, 0.4),
        ("exponential", mean, 0.5),
        ("normal", mean, 0.5),
        ("lognormal", median, 0.5),
        ("pareto", min, 0.2),
    ],
)
def test_the_numbers_mean_what_they_say(kind: str, of: Any, wanted: float) -> None:
    assert of(drawn(kind)) == pytest.approx(wanted, rel=0.1)


def test_tails_differ() -> None:
    share = {kind: sum(value > 2 for value in drawn(kind)) for kind in SETTINGS}
    assert share["fixed"] == share["uniform"] == share["normal"] == 0
    assert min(share["pareto"], share["lognormal"], share["exponential"]) > 20


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (1, "it is an object with a kind, one of fixed, uniform"),
        ({"kind": "parto"}, "did you mean pareto"),
        ({"kind": "uniform", "low_s": 1}, "'high_s' is missing"),
        ({"kind": "uniform", "low_s": 2, "high_s": 1}, "low_s is 2; it is a number from 0 to 1"),
        ({"kind": "lognormal", "median_s": 0, "sigma": 1}, "median_s is 0"),
        ({"kind": "fixed", "seconds": 1, "cap_s": -1}, "cap_s is -1"),
        ({"kind": "fixed", "second": 1}, "did you mean seconds"),
    ],
)
def test_says_what_is_wrong(raw: Any, words: str) -> None:
    with pytest.raises(FaultError) as refused:
        parse_distribution(raw)
    assert words in str(refused.value)
