"""Templates: the same JSON as json.dumps would write, with the places filled."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetic.json_template import compiled, escaped, member, minified, piecewise, raw, text

SHAPE = {
    "id": text("id"),
    member("note"): "",
    "quote": "\"{}%' \\ ü",
    "value": raw("value"),
    "again": f"x/{text('id')}",
}
TEMPLATE = compiled(SHAPE)


def test_places_are_filled() -> None:
    filled = TEMPLATE(id="a", note=',"note":"n"', value="1.50")
    assert filled == r'{"id":"a","note":"n","quote":"\"{}%' + r"' \\ ü" + '","value":1.50,"again":"x/a"}'


def test_pieces_are_the_same_and_end_the_line() -> None:
    values = {"id": "a", "note": ',"note":"n"', "value": "1.50"}
    assert "".join(piecewise(SHAPE)(**values)) == TEMPLATE(**values) + "\n"


def test_an_optional_member_may_be_absent() -> None:
    assert "note" not in json.loads(TEMPLATE(id="a", note="", value="1"))


@given(st.text())
def test_escaped_text_is_read_back(words: str) -> None:
    words = words.encode(errors="ignore").decode()
    assert json.loads(TEMPLATE(id=escaped(words), note="", value="0"))["id"] == words


@pytest.mark.parametrize("values", [{}, {"id": "a"}, {"id": "a", "note": "", "value": "1", "valeu": "2"}])
def test_missing_and_misspelt_places_are_errors(values: dict[str, str]) -> None:
    with pytest.raises(TypeError):
        TEMPLATE(**values)


def test_minified_has_no_white_space_and_keeps_letters() -> None:
    assert minified({"a": [1, "é"]}) == '{"a":[1,"é"]}'
