"""Objectives of a load run in words that need no explanation, with units."""

from __future__ import annotations

from gauntlet.load_result import Objective
from reports.waterfall import finite

_NAMES = {
    "p50_ms": "Half of all answers within (p50)",
    "p95_ms": "95 of 100 answers within (p95)",
    "p99_ms": "99 of 100 answers within (p99)",
    "p999_ms": "999 of 1,000 answers within (p99.9)",
    "error_rate": "Errors, of all requests",
    "wrong_patient": "Answers about another patient",
    "recovery_s": "Back to normal after a fault within",
}


def name(item: Objective) -> str:
    """Return what is wanted, for a reader who knows no percentiles."""
    return _NAMES.get(item.name, item.name)


def about(item: Objective) -> str:
    """Return whose requests it is about."""
    return "all requests" if item.about == "all" else item.about


def amount(item: Objective, value: float) -> str:
    """Return a limit or a measured value with its unit."""
    value = finite(value)
    if item.name.endswith("_ms"):
        return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"
    if item.name.endswith("_s"):
        return f"{value:.1f} s"
    return f"{value * 100:.3g} %" if item.name == "error_rate" else f"{value:,.4g}"
