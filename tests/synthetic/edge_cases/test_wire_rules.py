from __future__ import annotations

import pytest

from synthetic.edge_cases.wire_rules import DEEPEST, wire_problems
from synthetic.population import Chart


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"\xef\xbb\xbf{}", "bom"),
        (b'{"a":"\xf1"}', "encoding"),
        (b'{"a":"\0"}', "control-character"),
        (b'{"a":"\n"}', "control-character"),
        (b'{"a":NaN}', "constant"),
        (b'{"a":[-Infinity]}', "constant"),
        (b'{"a":{"b":1,"b":1}}', "duplicate-name"),
        (b'{"a":1,"\\u0061":2}', "duplicate-name"),
        (b'{"a":1}}', "syntax"),
        (b'{"a":01}', "syntax"),
        (b"", "syntax"),
        (b"[]", "shape"),
        (b'"text"', "shape"),
        (b'{"a":"\\u0000"}', "nul"),
        (b'{"\\u0000":1}', "nul"),
        (b'{"a":"\\ud83d"}', "surrogate"),
        (b'{"a":["\\ude00\\ud83d"]}', "surrogate"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "depth"),
        (b"[" * 100_000, "depth"),
    ],
)
def test_broken(data: bytes, rule: str) -> None:
    assert [problem.rule for problem in wire_problems(data)] == [rule]


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b' {"a" : 1.50e-3 }\r\n',
        b'{"a":"\\ud83d\\ude00"}',
        b'{"a":"\xf0\x9f\x98\x80 \\" \\\\"}',
        b'{"a":{"b":1},"c":{"b":1}}',
        b'{"a":"' + b"[{" * 1000 + b'"}',
        b'{"a":' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}",
    ],
)
def test_sound(data: bytes) -> None:
    assert wire_problems(data) == []


def test_the_population_is_sound(clean: dict[int, Chart]) -> None:
    assert not [
        problem for chart in clean.values() for resource in chart.resources for problem in wire_problems(resource.json)
    ]
