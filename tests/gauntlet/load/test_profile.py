from __future__ import annotations

import pytest

from gauntlet.load.profile import ProfileError
from gauntlet.load.scaling import scaled
from gauntlet.load.target_slo import with_slo


def test_scaling_stretches_time_and_multiplies_the_rate(profile) -> None:
    twice = scaled(profile(), rate=2, duration_s=10)
    assert [(point.at_s, point.per_s) for point in twice.curve] == [(0, 100), (10, 100)]
    assert twice.duration_s == 10
    assert profile().duration_s == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"rate": 0}, "rate factor 0"),
        ({"rate": -1}, "rate factor -1"),
        ({"rate": float("nan")}, "rate factor nan"),
        ({"rate": 1000}, "peak of 50000 arrivals/s is above the limit of 20000/s"),
        ({"duration_s": 0}, "duration of 0 s"),
        ({"duration_s": 1e9}, "duration of 1e+09 s"),
    ],
)
def test_impossible_scales_are_refused(profile, arguments, said) -> None:
    with pytest.raises(ProfileError) as caught:
        scaled(profile(), **arguments)
    assert said in str(caught.value)


def test_objectives_are_replaced_one_by_one(profile) -> None:
    changed = with_slo(profile(), {"p99_ms": 50.0, "p50_ms": None}, why="the target file says so")
    assert changed.slo.limits() == {
        "p50_ms": 200,
        "p95_ms": 400,
        "p99_ms": 50,
        "error_rate": 0.01,
        "wrong_patient": 0,
    }


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"p98_ms": 1.0}, "unknown objective 'p98_ms'; did you mean 'p"),
        ({"wrong_patient": 1}, "less than or equal to 0"),
        ({"error_rate": 2.0}, "less than or equal to 1"),
    ],
)
def test_impossible_objectives_are_refused(profile, overrides, said) -> None:
    with pytest.raises(ProfileError, match=said):
        with_slo(profile(), overrides, why="the target file says so")


def test_roles_are_those_of_the_mix(profile) -> None:
    assert profile().roles == ("nurse", "physician")
