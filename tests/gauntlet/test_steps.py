import threading

import pytest

from gauntlet import expect, steps
from gauntlet.answer import Answer
from gauntlet.errors import CheckFailed
from gauntlet.steps import begin, step

ANSWER = Answer("GET http://g/Patient/p1", 200, {}, b"{}", 0.1)


@pytest.fixture(autouse=True)
def _no_check():
    """What a test begins is not left to the next one."""
    yield
    steps._CURRENT.set(None)


def test_kinds_in_the_order_of_their_first_time():
    found = begin()
    for kind in ("sends GET Patient", "control", "sends GET Patient", "asks the log", "control"):
        step(kind)
    assert found.told() == ["sends GET Patient", "control x2", "asks the log"]


def test_assertions_count_once_a_place_and_not_what_they_use_themselves():
    found = begin()
    for _ in range(3):
        expect.status(ANSWER, 200)
    expect.status(ANSWER, 200)
    assert found.told() == ["expects status x2"]


def test_an_assertion_that_fails_is_a_step_and_fails():
    found = begin()
    with pytest.raises(CheckFailed):
        expect.equal(1, 2, "not the same")
    assert found.told() == ["expects equal"]


def test_each_check_has_its_own_and_threads_have_none():
    first = begin()
    step("control")
    second = begin()
    thread = threading.Thread(target=step, args=("asks the log",))
    thread.start()
    thread.join()
    assert (first.told(), second.told()) == (["control"], [])


def test_without_a_check_nothing_is_noted():
    steps._CURRENT.set(None)
    step("control")
    assert expect.status(ANSWER, 200) is ANSWER
