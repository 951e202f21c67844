from __future__ import annotations

import pytest

from synthetic.metamorphic.facts import Fact, fact_differences

WEIGHT: Fact = {"name": "Body weight", "code": "29463-7", "value": "69.20 kg", "taken": "2026-06-15T14:00"}


def kinds(left: list[Fact], right: list[Fact]) -> list[tuple[str, str]]:
    return [(found.path, found.kind) for found in fact_differences({"vitals": left}, {"vitals": right})]


def test_order_is_no_difference_and_numbers_of_facts_are() -> None:
    other = WEIGHT | {"value": "70 kg"}

    assert kinds([WEIGHT, other], [other, WEIGHT]) == []
    assert kinds([WEIGHT, WEIGHT], [WEIGHT]) == [("vitals[Body weight]", "missing")]
    assert kinds([WEIGHT], [WEIGHT, WEIGHT]) == [("vitals[Body weight]", "extra")]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"value": "69.21 kg"}, ("vitals[Body weight].value", "value")),
        ({"value": ""}, ("vitals[Body weight].value", "missing")),
        ({"status": "final"}, ("vitals[Body weight].status", "extra")),
    ],
)
def test_a_changed_detail_is_named(change: Fact, found: tuple[str, str]) -> None:
    assert kinds([WEIGHT], [WEIGHT | change]) == [found]


def test_digits_count() -> None:
    pressure: Fact = {"name": "systolic", "code": "85354-9", "value": "120"}

    assert kinds([pressure], [pressure | {"value": "120.0"}]) == [("vitals[systolic].value", "precision")]


def test_facts_that_have_little_in_common_are_two() -> None:
    other: Fact = {"name": "Height", "code": "8302-2", "value": "170 cm", "taken": "2026-06-15T14:00"}

    assert kinds([WEIGHT], [other]) == [("vitals[Body weight]", "missing"), ("vitals[Height]", "extra")]
