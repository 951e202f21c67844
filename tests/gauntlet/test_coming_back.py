import email.utils

import pytest

from gauntlet import coming_back
from gauntlet.answer import Answer
from gauntlet.coming_back import come_back, wait_told
from gauntlet.errors import CheckFailed

NOW = 1_800_000_000.0


def answer(status=503, told=None):
    return Answer("GET x", status, {} if told is None else {"retry-after": told}, b"", 0.1)


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        ("0", 0),
        ("7", 7),
        (email.utils.formatdate(NOW + 12, usegmt=True), 12),
        (email.utils.formatdate(NOW - 60, usegmt=True), 0),
    ],
)
def test_how_long_a_refusal_asks_to_wait(told, wait):
    assert wait_told(answer(told=told), NOW) == wait


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (None, "does not say when"),
        ("31", "out of proportion"),
        ("soon", "cannot be read"),
        ("-1", "cannot be read"),
        ("²", "cannot be read"),
        ("9" * 400, "out of proportion"),
        (email.utils.formatdate(NOW + 3600, usegmt=True), "out of proportion"),
    ],
)
def test_a_refusal_that_cannot_be_obeyed(told, problem):
    with pytest.raises(CheckFailed, match=problem):
        wait_told(answer(told=told), NOW)


@pytest.fixture
def waited(monkeypatch):
    found = []
    monkeypatch.setattr(coming_back.time, "sleep", found.append)
    return found


def test_who_waits_as_told_is_served(waited):
    answers = iter([answer(200), answer(429, "1"), answer(200)])
    assert [item.status for item in come_back([answer(told="3"), answer(told="2")], lambda: next(answers), 60, 20)] == [
        200,
        200,
    ]
    assert waited == [3, 1]


def test_some_of_many_are_repeated(waited):
    assert len(come_back([answer(told="0")] * 50, lambda: answer(200), 60, 5)) == 5
    assert come_back([], lambda: answer(200), 60, 5) == []


def test_a_refusal_that_stands(waited):
    with pytest.raises(CheckFailed, match="was answered with 503"):
        come_back([answer(told="1")], lambda: answer(503, "1"), 0, 5)
    with pytest.raises(CheckFailed, match="does not say when"):
        come_back([answer(told="1")], lambda: answer(503), 60, 5)
