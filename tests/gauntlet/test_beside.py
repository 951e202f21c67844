from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from gauntlet.beside import Beside


class Waits:
    def __init__(self) -> None:
        self.began, self.over = threading.Event(), False

    def carry_out(self, ended: Callable[[], bool]) -> None:
        self.began.set()
        while not ended():
            self.began.wait(0.01)
        self.over = True


class Fails:
    def carry_out(self, ended: Callable[[], bool]) -> None:
        raise OSError("no socket")


def test_activities_end_with_the_load() -> None:
    waits = Waits()
    beside = Beside([waits])
    beside.start()
    beside.start()
    assert waits.began.wait(5)
    beside.end()
    assert waits.over
    beside.raise_errors()


def test_an_error_is_raised_again() -> None:
    beside = Beside([Fails()])
    beside.start()
    beside.end()
    with pytest.raises(OSError, match="no socket"):
        beside.raise_errors()


def test_what_never_began_ends_at_once() -> None:
    Beside([Waits()]).end()
