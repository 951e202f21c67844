"""Laying JSON out changes white space only."""

from __future__ import annotations

import pytest

from reports.jsontext import pretty


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a":1.50}', '{\n  "a": 1.50\n}'),
        ('{"a":1,"a":2}', '{\n  "a": 1,\n  "a": 2\n}'),
        ("[10000000000000000000000001, 2.0e5]", "[\n  10000000000000000000000001,\n  2.0e5\n]"),
        ('{"a":{},"b":[],"c":[{}]}', '{\n  "a": {},\n  "b": [],\n  "c": [\n    {}\n  ]\n}'),
        (r'{"q":"say \"{[,:\" \\"}', '{\n  "q": "say \\"{[,:\\" \\\\"\n}'),
        ('{"a":[true,null]}', '{\n  "a": [\n    true,\n    null\n  ]\n}'),
    ],
)
def test_values_keep_their_spelling(before, after):
    assert pretty(before, 1000) == after


@pytest.mark.parametrize("text", ["", "no json", '{"cut":', "<html>", '"text"', "[" * 100_000 + "]" * 100_000])
def test_other_text_stays(text):
    assert pretty(text, 1_000_000) == text


def test_stays_when_the_layout_would_be_too_long():
    assert pretty('{"a":1}', 8) == '{"a":1}'
    assert pretty('{"a":1}', 6) == '{"a":1}'
