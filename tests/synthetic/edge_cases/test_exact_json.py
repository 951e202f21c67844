from __future__ import annotations

from decimal import Decimal

import pytest

from synthetic.edge_cases.exact_json import Spelled, dumps, loads, same


@pytest.mark.parametrize(
    "text", [b'{"a":1.50}', b'{"a":[0.0000010,-0.0,72.5000000000000001]}', '{"é":"\U00020bb7"}'.encode()]
)
def test_numbers_and_texts_come_back_as_they_were(text: bytes) -> None:
    assert dumps(loads(text)) == text


def test_a_number_in_a_spelling_of_its_own() -> None:
    assert dumps({"a": Spelled("1.5e+3")}) == b'{"a":1.5e+3}'
    assert same(Spelled("1.5e+3"), Decimal("1.5E+3"))


@pytest.mark.parametrize(
    ("left", "right"),
    [(Decimal("1.50"), Decimal("1.5")), (1, True), (1, Decimal("1")), ({"a": [1]}, {"a": [2]}), ("1", 1), (None, 0)],
)
def test_not_the_same(left: object, right: object) -> None:
    assert not same(left, right)


def test_not_json() -> None:
    with pytest.raises(TypeError, match="not JSON"):
        dumps({"a": object()})
