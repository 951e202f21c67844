"""The mock EHR's clock: the real one, shifted, held still or moved on by what a test asks for."""

from __future__ import annotations

from collections.abc import Callable


class Clock:
    """Wall clock in epoch seconds with an offset; it can be held still."""

    def __init__(self, real: Callable[[], float]) -> None:
        self.real = real
        self.offset_s = 0.0
        self._held: float | None = None  # the real time at which the clock was stopped

    def now(self) -> float:
        """Return the EHR's idea of the time in epoch seconds: the real time plus the offset."""
        return (self.real() if self._held is None else self._held) + self.offset_s

    @property
    def frozen(self) -> bool:
        """Return whether the clock stands still."""
        return self._held is not None

    def set(self, now: float) -> None:
        """Show `now` (epoch seconds) from now on, or all the time when frozen."""
        self.offset_s += now - self.now()

    def freeze(self) -> None:
        """Stand still at the present instant; twice is the same as once."""
        if self._held is None:
            self._held = self.real()

    def resume(self) -> None:
        """Go on from where the clock stands, without a jump."""
        if self._held is not None:
            now, self._held = self.now(), None
            self.set(now)

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, back when negative."""
        self.offset_s += seconds

    def reset(self) -> None:
        """Show the real time again."""
        self._held, self.offset_s = None, 0.0
