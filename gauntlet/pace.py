"""Whether this machine kept pace with a check: a window of time that it slept through says nothing about the gateway.

A thread wakes up every few milliseconds and notes how late it was. What is late by more than a busy machine explains is
time that was lost to everybody on this machine: harness, EHR, network and gateway.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gauntlet import machine
from gauntlet.errors import CheckFailed, Inconclusive

SLACK_S = 1.5  # that a machine may stand still while something is due; the claim itself is not widened by more
_TICK_S = 0.02
_BUSY_S = 0.1  # so late a thread is on a machine that is merely busy
_MUCH = 0.5  # of the slack that a check allows
_EXCUSED = 1.5  # times the limit: what is worse is not the doing of a machine that is merely busy


class Pace:
    """Watches the machine from its start to its stop; `lost_s` is the time that was lost so far."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.lost_s = 0.0
        self._clock = clock
        self._work = machine.work(())
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="pace", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._over.set()
        self._thread.join()

    def note(self, due: float, now: float) -> None:
        """Take in that a tick came at `now` that was due at `due`."""
        self.lost_s += max(0.0, now - due - _BUSY_S)

    def _watch(self) -> None:
        due = self._clock() + _TICK_S
        while not self._over.wait(max(0.0, due - self._clock())):
            now = self._clock()
            self.note(due, now)
            due = now + _TICK_S

    @contextmanager
    def forgiving(self, slack_s: float) -> Iterator[None]:
        """Judge a window of time: a failure in the block is Inconclusive when much of the slack was lost.

        What was lost since the check began counts, for what is judged was done before.
        """
        try:
            yield
        except CheckFailed as failure:
            if self.lost_s >= _MUCH * slack_s:
                lost = f"this machine stood still for {self.lost_s:.1f} s meanwhile"
                raise Inconclusive(f"{failure.reason}, but {lost}") from None
            raise

    def excuse(self) -> str:
        """Return why slowness since the check began may be the machine's, as a sentence; empty when it is not."""
        busy = machine.crowding(self._work, machine.work(()), 0.0)
        return busy.excuse if busy is not None else ""

    def excuse_slowness(self, actual: float, limit: float) -> None:
        """Raise Inconclusive when `actual` seconds are above `limit`, and that may be the machine's doing."""
        if actual <= limit:
            return
        excuse = self.excuse() if actual < _EXCUSED * limit else ""
        if self.lost_s >= _MUCH * limit:
            excuse = f"this machine stood still for {self.lost_s:.1f} s meanwhile"
        if excuse:
            raise Inconclusive(f"{actual:.2f} s are more than {limit:.2f} s, but {excuse}")
