"""The mock EHR's clock: the real one, shifted by what a test asks for."""

from __future__ import annotations

from collections.abc import Callable


class Clock:
    """Wall clock in epoch seconds with an offset."""

    def __init__(self, real: Callable[[], float]) -> None:
        self.real = real
        self.offset_s = 0.0

    def now(self) -> float:
        """Return the EHR's idea of the time in epoch seconds: the real time plus the offset."""
        return self.real() + self.offset_s
