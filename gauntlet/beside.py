"""What goes on beside the arrivals of a load run, in a thread of its own: starts with them, ends with them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

_LONGEST_S = 30.0  # until an activity has noticed that it should end


class Activity(Protocol):
    """Something that is done beside the arrivals."""

    def carry_out(self, ended: Callable[[], bool]) -> None:
        """Do it until it is done or `ended` says so."""


class Beside:
    """Runs activities; an error of one of them is raised again at the end."""

    def __init__(self, activities: list[Activity]) -> None:
        self._activities = activities
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._errors: list[BaseException] = []

    def start(self) -> None:
        """Start them all, once."""
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._carry_out, args=(activity,), daemon=True) for activity in self._activities
            ]
            for thread in self._threads:
                thread.start()

    def busy(self) -> bool:
        """Whether one of them is still at work."""
        return any(thread.is_alive() for thread in self._threads)

    def end(self) -> None:
        """Tell them to end, and wait until they have."""
        self._over.set()
        for thread in self._threads:
            thread.join(_LONGEST_S)

    def raise_errors(self) -> None:
        """Raise the first error that one of them ended with."""
        if self._errors:
            raise self._errors[0]

    def _carry_out(self, activity: Activity) -> None:
        try:
            activity.carry_out(self._over.is_set)
        except BaseException as error:  # noqa: BLE001 - raised again in the check's own thread
            self._errors.append(error)
