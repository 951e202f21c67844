"""Wakes the event loop at a moment, more exactly than its own timers, which come up to a millisecond late.

Only imported inside the Locust process. Linux has timers that are files (timerfd_create(2)); elsewhere the loop's own
have to do, and the lag they cause is measured like any other.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any

_READ = 1  # gevent's event bit
_CLOCK_MONOTONIC = 1
_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000
_NANOSECONDS = 1_000_000_000


class _Times(ctypes.Structure):
    """`struct itimerspec`: an interval, which stays zero, and the time until the timer goes off."""

    _fields_ = (
        ("every_s", ctypes.c_long),
        ("every_ns", ctypes.c_long),
        ("after_s", ctypes.c_long),
        ("after_ns", ctypes.c_long),
    )


def alarm(loop: Any, step: Callable[[], None]) -> TimerFile | LoopTimer:
    """Return the best alarm this system has; it calls `step` once for each `set`."""
    library = ctypes.CDLL(None)
    return TimerFile(loop, step, library) if hasattr(library, "timerfd_create") else LoopTimer(loop, step)


class TimerFile:
    """An alarm by timerfd. Raises OSError when the system gives no descriptor."""

    def __init__(self, loop: Any, step: Callable[[], None], library: ctypes.CDLL) -> None:
        self._step, self._library = step, library
        self._descriptor = library.timerfd_create(_CLOCK_MONOTONIC, _NONBLOCK_CLOEXEC)
        if self._descriptor < 0:
            raise OSError("the system has no descriptor for a timer")
        self._watcher = loop.io(self._descriptor, _READ)
        self._watcher.start(self._rung)

    def set(self, after_s: float) -> None:
        """Call the step in `after_s` seconds, and not when it was to be called before."""
        whole, part = divmod(max(1, int(after_s * _NANOSECONDS)), _NANOSECONDS)
        self._library.timerfd_settime(self._descriptor, 0, ctypes.byref(_Times(0, 0, whole, part)), None)

    def _rung(self) -> None:
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:
            return  # set anew in the meantime
        self._step()

    def close(self) -> None:
        """Never call the step again."""
        self._watcher.stop()
        self._watcher.close()
        os.close(self._descriptor)


class LoopTimer:
    """An alarm by the loop's own timers."""

    def __init__(self, loop: Any, step: Callable[[], None]) -> None:
        self._loop, self._step = loop, step
        self._timer: Any = None

    def set(self, after_s: float) -> None:
        """Call the step in `after_s` seconds, and not when it was to be called before."""
        self.close()
        self._timer = self._loop.timer(max(after_s, 0.0), 0.0)
        self._timer.start(self._step)

    def close(self) -> None:
        """Never call the step again."""
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None
