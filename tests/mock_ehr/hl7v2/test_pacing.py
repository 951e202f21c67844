"""When each message is due."""

from __future__ import annotations

import pytest

from mock_ehr.hl7v2.pacing import Stretch, due_s


@pytest.mark.parametrize(
    ("stretches", "due"),
    [
        ([Stretch(2)], [0, 0.5, 1, 1.5]),
        ([Stretch(2, 1), Stretch(1)], [0, 0.5, 1, 2, 3]),
        ([Stretch(1, 2), Stretch(0, 10), Stretch(4)], [0, 1, 12, 12.25]),
        ([Stretch(0, 5), Stretch(1)], [5, 6]),
    ],
)
def test_follows_the_rates(stretches: list[Stretch], due: list[float]) -> None:
    assert [due_s(stretches, number) for number in range(len(due))] == due


@pytest.mark.parametrize(("stretches", "number"), [([Stretch(1, 2)], 2), ([], 0), ([Stretch(0)], 0)])
def test_says_when_the_rates_end(stretches: list[Stretch], number: int) -> None:
    with pytest.raises(ValueError, match=f"before message {number}"):
        due_s(stretches, number)
