"""Runs a property: draws examples from a seed, and raises the failure of the smallest one that it finds.

Hypothesis is part of the extra `contract`. What an example led to is remembered: a gateway that changes its mind cannot
confuse the search for a smaller one, and that search has a budget of its own.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gauntlet.errors import CheckFailed, Inconclusive

SHRINKING = 60  # examples tried to make a failing one smaller


def require_hypothesis() -> None:
    """Raise Inconclusive when Hypothesis is not installed."""
    if importlib.util.find_spec("hypothesis") is None:
        raise Inconclusive("properties need Hypothesis, which is not installed: pip install 'gauntlet-ehr[contract]'")


def examine(strategy: Any, judge: Callable[[Any], None], *, seed: int, examples: int, folder: Path) -> int:
    """Let `judge` look at up to `examples` examples of a Hypothesis strategy; return how many it saw.

    `folder` is where Hypothesis may keep files. Raises the CheckFailed of the smallest failing example, with
    the example and the seed in it; anything else that `judge` raises comes through as it is.
    """
    from hypothesis import HealthCheck, Phase, configuration, given, settings  # noqa: PLC0415 - an extra
    from hypothesis import seed as seeded  # noqa: PLC0415 - an extra

    configuration.set_hypothesis_home_dir(folder)
    outcomes = _Outcomes(judge)

    @seeded(seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        print_blob=False,
    )
    @given(strategy)
    def property_holds(example: Any) -> None:
        outcomes.of(example)

    try:
        property_holds()
    except CheckFailed as failure:
        told = f"smallest example: {outcomes.smallest}\nseed {seed}, after {len(outcomes.known)} examples"
        raise CheckFailed(
            failure.reason, expected=failure.expected, actual=f"{failure.actual}\n{told}", hint=failure.hint
        ) from None
    return len(outcomes.known)


class _Outcomes:
    """What each example led to; after a failure only so many new ones are tried."""

    def __init__(self, judge: Callable[[Any], None]) -> None:
        self.judge = judge
        self.known: dict[str, Exception | None] = {}
        self.smallest = ""
        self.left = SHRINKING

    def of(self, example: Any) -> None:
        """Judge an example, or repeat what it led to before."""
        key = repr(example)
        if key not in self.known:
            if self.smallest:
                if self.left <= 0:
                    return
                self.left -= 1
            self.known[key] = self._judged(example)
        failure = self.known[key]
        if failure is not None:
            self.smallest = key
            raise failure

    def _judged(self, example: Any) -> Exception | None:
        try:
            self.judge(example)
        except Exception as failure:  # noqa: BLE001 - kept and raised again for this example
            return failure
        return None
