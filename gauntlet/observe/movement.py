"""How far the gateway's metrics moved: what was provoked must show, no more and no less."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gauntlet import expect
from gauntlet.errors import CheckFailed
from gauntlet.observe.series import Sample, Selector

SHOWS_WITHIN_S = 5.0  # a gateway may count after it answered, and export at intervals


@dataclass(frozen=True)
class Movement:
    """Compares the metrics with a moment before; `series` maps our names to the gateway's series."""

    readings: Callable[[], Sequence[Sample]]
    series: Mapping[str, str]
    before: Sequence[Sample]
    clock: Callable[[], float] = time.monotonic

    def of(self, name: str) -> float:
        """Return how far the metric has moved by now. Raises CheckFailed when the target file does not name it."""
        selector = self.selector(name)
        return selector.total(self.readings()) - selector.total(self.before)

    def now(self, name: str) -> float:
        """Return the metric's value now. Raises CheckFailed when the target file does not name it."""
        return self.selector(name).total(self.readings())

    def selector(self, name: str) -> Selector:
        """Return which series the metric is. Raises CheckFailed when the target file does not name it."""
        if name not in self.series:
            raise CheckFailed(
                f"no metric counts {name}: the target file names none",
                expected=f"{name} in [claims.observability.metrics]",
                actual=f"{', '.join(sorted(self.series)) or 'none'} there",
            )
        return Selector.parse(self.series[name])

    def expect(self, name: str, wanted: float, what: str, *, or_more: bool = False) -> None:
        """Pass when the metric moves by `wanted` within `SHOWS_WITHIN_S`, exactly or at least.

        `what` says what was provoked.
        """
        deadline = self.clock() + SHOWS_WITHIN_S
        while (moved := self.of(name)) < wanted and self.clock() < deadline:
            time.sleep(0.05)
        expect.that(
            moved == wanted or (or_more and moved > wanted),
            f"the metric {self.series[name]} did not move by what was provoked: {what}",
            expected=f"+{wanted:g}{' or more' if or_more else ''}",
            actual=f"{moved:+g}",
        )
