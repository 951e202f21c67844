from __future__ import annotations

import pytest

from gauntlet.network.probe import Ending, Sight
from gauntlet.network.proof import Situation, attempts, milliseconds


@pytest.mark.parametrize(
    ("toxicity", "chance", "tries"),
    [(1.0, 1.0, 1), (0.5, 1.0, 10), (1.0, 0.5, 10), (0.9, 1.0, 3), (0.01, 1.0, 20), (0.0, 1.0, 0), (1.0, 0.0, 0)],
)
def test_how_often_a_toxicity_is_probed(toxicity: float, chance: float, tries: int) -> None:
    assert attempts(toxicity, chance) == tries


def test_absent_attributes_are_zero_and_streams_are_read_in_any_case() -> None:
    situation = Situation({"latency": 5}, "UPSTREAM", Sight(Ending.OPEN, 0.0))
    assert (situation["latency"], situation["jitter"], situation.upstream) == (5, 0, True)
    assert not Situation({}, "downstream", Sight(Ending.OPEN, 0.0)).upstream


def test_times_in_sentences() -> None:
    assert (milliseconds(None), milliseconds(0.0123)) == ("never", "12 ms")
