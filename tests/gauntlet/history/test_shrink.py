import json

import pytest

from gauntlet.history.checker import violations
from gauntlet.history.operation import history_from
from gauntlet.history.shrink import shrunk, told
from tests.gauntlet.history.cases import history

BAD = history(
    [
        ("create", "b", "b0", "ok"),
        ("create", "a", "a0", "ok"),
        ("update", "a", "a1", "ok", "a0"),
        ("update", "b", "b1", "ok", "b0"),
        ("update", "a", "a2", "fail", "a1"),
        ("update", "a", "a3", "ok", "a1"),
        ("update", "a", "a4", "ok", "a1"),
    ],
    [("id1", "a", "a4"), ("id2", "b", "b1")],
)


def test_a_violation_is_shrunk_to_what_it_takes():
    (violation,) = violations(BAD)
    small = shrunk(BAD, violation)
    assert [item.value for item in small.operations] == ["a0", "a1", "a3", "a4"]
    assert [item.record for item in small.held] == ["a"]
    assert [item.kind for item in violations(small)] == [violation.kind]


def test_a_shrunk_history_cannot_lose_one_more():
    (violation,) = violations(BAD)
    small = shrunk(BAD, violation)
    for left_out in small.operations:
        rest = small.only([item for item in small.operations if item is not left_out])
        assert violation.kind not in [item.kind for item in violations(rest)]


def test_a_history_told():
    (violation,) = violations(BAD)
    text = told(shrunk(BAD, violation))
    assert "#5 c2: update a = a3 on a1: ok" in text
    assert "in the end the EHR holds id1: a = a4" in text
    assert told(history([("create", "a", "a0", "ok")])).endswith("in the end the EHR holds nothing of it")


def test_a_history_survives_its_file():
    assert history_from(json.loads(json.dumps(BAD.to_json()))) == BAD


@pytest.mark.parametrize("content", [{}, {"seed": 1, "operations": [{"kind": "read"}], "held": []}])
def test_what_is_no_history(content):
    with pytest.raises((KeyError, TypeError, ValueError)):
        history_from(content)
