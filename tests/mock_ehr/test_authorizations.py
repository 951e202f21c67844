"""Shelves of what users allowed: unguessable, bounded, and ended by the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mock_ehr import authorizations
from mock_ehr.authorizations import Authorizations, Launch, Refresh, Shelf
from mock_ehr.tokens import Context


@dataclass
class Ticker:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def names() -> Callable[[], str]:
    numbers = iter(range(1_000_000))
    return lambda: f"name-{next(numbers)}"


def test_what_is_kept_ends() -> None:
    ticker = Ticker()
    shelf: Shelf[Launch] = Shelf(ticker, names())
    name = shelf.add(Launch("app", "", expires=110.0))
    ticker.now = 109.9
    assert shelf.find(name) is not None
    ticker.now = 110.0
    assert shelf.find(name) is None
    assert shelf.find("unknown") is None


def test_the_oldest_makes_room() -> None:
    shelf: Shelf[Launch] = Shelf(Ticker(), names())
    first = shelf.add(Launch("app", "", expires=200.0))
    for _ in range(authorizations.KEPT):
        last = shelf.add(Launch("app", "", expires=200.0))
    assert (shelf.find(first), shelf.find(last) is None) == (None, False)


def test_dropping_replacing_and_clearing() -> None:
    kept = Authorizations(Ticker(), names())
    mine, theirs = Context("Patient/a", (), family="f1"), Context("Patient/b", (), family="f2")
    first = kept.refresh.add(Refresh("app", mine, 200.0))
    second = kept.refresh.add(Refresh("app", theirs, 200.0))
    kept.withdraw("f1")
    assert (kept.refresh.find(first), kept.refresh.find(second)) == (None, Refresh("app", theirs, 200.0))
    kept.refresh.replace(second, Refresh("app", mine, 300.0))
    assert kept.refresh.find(second) == Refresh("app", mine, 300.0)
    kept.refresh.drop(second)
    kept.refresh.drop(second)
    launch = kept.launches.add(Launch("app", "", expires=200.0))
    kept.clear()
    assert (kept.refresh.find(second), kept.launches.find(launch)) == (None, None)


def test_names_cannot_be_guessed() -> None:
    kept = Authorizations(Ticker())
    made = {kept.new_name() for _ in range(100)}
    assert len(made) == 100
    assert min(map(len, made)) >= 128
