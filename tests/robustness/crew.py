"""Runs several scenarios side by side: each takes seconds that are mostly spent waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
AT_A_TIME = 4


class Crew(Generic[T]):
    """Starts every scenario at once and hands out results as tests ask for them."""

    def __init__(self, scenarios: Iterable[str], play: Callable[[str], T]) -> None:
        self._pool = ThreadPoolExecutor(AT_A_TIME)
        self._results: dict[str, Future[T]] = {name: self._pool.submit(play, name) for name in scenarios}

    def result(self, name: str) -> T:
        """Return what a scenario brought, once it is over; raises what it raised."""
        return self._results[name].result()

    def dismiss(self) -> None:
        """Wait for the scenarios that run; the others are not started any more."""
        self._pool.shutdown(cancel_futures=True)


def asked_for(items: Iterable[object], parameter: str) -> list[str]:
    """Return the values of `parameter` among the selected tests, each once, in order."""
    values = (getattr(item, "callspec", None) for item in items)
    return list(dict.fromkeys(spec.params[parameter] for spec in values if spec and parameter in spec.params))
