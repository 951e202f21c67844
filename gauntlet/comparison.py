"""Two load results side by side: pure. Worse is what is clearly worse: in share, in milliseconds, and not by chance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from gauntlet.load.objectives import arrivals_needed
from gauntlet.load_result import EndpointLoad, LoadResult, Percentiles
from gauntlet.verdict import Verdict

LEAST_MS = 5.0  # a smaller difference is a timer's
LEAST_SHARE = 0.001  # of errors
LEAST_RECOVERY_S = 1.0  # recovery is seen by whole seconds
NEVER = math.inf
RECOVERY_S = "recovery s"
CAPACITY = "capacity /s"
WRONG_PATIENTS = "wrong patients"
ERRORS = "errors"

_PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p999": 99.9}


@dataclass(frozen=True, slots=True)
class Change:
    """One figure in both runs: milliseconds unless its name says otherwise, `NEVER` for what was not seen.

    `endpoint` is a kind of request, an interaction ("search Observation"), a traffic class ("traffic interactive"),
    a fault, or "all".
    """

    profile: str
    endpoint: str
    figure: str
    before: float
    after: float
    worse: bool
    note: str = ""  # why it is not judged


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes, and why profiles cannot be compared."""

    changes: list[Change]
    doubts: list[str]

    @property
    def worse(self) -> list[Change]:
        """What is worse than it was."""
        return [change for change in self.changes if change.worse]


def compare_loads(before: list[LoadResult], after: list[LoadResult], tolerance: float) -> Comparison:
    """Compare every profile that both have; `tolerance` is the share by which a figure may be worse."""
    earlier = {item.profile: item for item in before}
    changes: list[Change] = []
    doubts: list[str] = []
    for result in after:
        known = earlier.pop(result.profile, None)
        if known is None:
            doubts.append(f"{result.profile}: only the second run has it")
        elif doubt := _doubt(known, result):
            doubts.append(f"{result.profile}: {doubt}")
        else:
            changes += _changes(known, result, tolerance)
    doubts += [f"{name}: only the first run has it" for name in earlier]
    return Comparison(changes, doubts)


def _doubt(before: LoadResult, after: LoadResult) -> str:
    for which, result in (("first", before), ("second", after)):
        if result.partial or result.verdict is Verdict.INCONCLUSIVE:
            return f"the {which} run is {'partial' if result.partial else 'inconclusive'}: {result.reason}"
    searches = [item.held_per_s is not None for item in (before, after)]
    if any(searches):
        return "" if all(searches) else "one of them tells no capacity"
    rates = [item.wanted / max(item.duration_s, 0.001) for item in (before, after)]
    if abs(rates[0] - rates[1]) > 0.05 * max(rates):
        return f"different rates: {rates[0]:.1f} and {rates[1]:.1f} arrivals/s"
    return ""


def _changes(before: LoadResult, after: LoadResult, tolerance: float) -> Iterator[Change]:
    if before.held_per_s is not None and after.held_per_s is not None:
        yield from _capacity(before, after, tolerance)
        return
    known = dict(_groups(before))
    for name, endpoint in _groups(after):
        if name in known:
            yield from _of_endpoint(after.profile, name, known[name], endpoint, tolerance)
    yield from _recoveries(before, after, tolerance)
    yield from _objectives(before, after)


def _capacity(before: LoadResult, after: LoadResult, tolerance: float) -> Iterator[Change]:
    """Compare what two searches found: percentiles at their top only tell how far each one climbed.

    The capacity lies between the last rate held and the first that was not; it is worse when even the latter is lower.
    """
    old, new = before.held_per_s or 0.0, after.held_per_s or 0.0
    most = after.too_much_per_s
    yield Change(after.profile, "all", CAPACITY, old, new, most is not None and most < old * (1 - tolerance))
    wrong = [float(item.endpoints[-1].wrong_patient) if item.endpoints else 0.0 for item in (before, after)]
    yield Change(after.profile, "all", WRONG_PATIENTS, wrong[0], wrong[1], wrong[1] > wrong[0])


def _groups(result: LoadResult) -> Iterator[tuple[str, EndpointLoad]]:
    yield from ((item.name, item) for item in (*result.endpoints, *result.interactions))
    yield from ((f"traffic {item.name}", item) for item in result.traffic)


def _of_endpoint(
    profile: str, name: str, before: EndpointLoad, after: EndpointLoad, tolerance: float
) -> Iterator[Change]:
    arrivals = min(before.latency.count, after.latency.count)
    for figure, percent in _PERCENTILES.items():
        old, new = getattr(before.latency, figure), getattr(after.latency, figure)
        needed = arrivals_needed(percent)
        note = f"{arrivals:,} arrivals are too few" if arrivals < needed else ""
        worse = not note and new > old * (1 + tolerance) + LEAST_MS
        if worse and _may_be_chance(before.latency, after.latency, figure):
            worse, note = False, f"{arrivals:,} arrivals differ so much by chance"
        yield Change(profile, name, f"{figure} ms", old, new, worse, note)
    old, new = (item.errors / max(item.latency.count, 1) for item in (before, after))
    yield Change(profile, name, ERRORS, old, new, new > old * (1 + tolerance) + LEAST_SHARE)
    wrong = (float(before.wrong_patient), float(after.wrong_patient))
    yield Change(profile, name, WRONG_PATIENTS, *wrong, wrong[1] > wrong[0])


def _may_be_chance(before: Percentiles, after: Percentiles, figure: str) -> bool:
    """Return whether the bounds of a percentile overlap: the same gateway may be measured so twice."""
    old, new = before.bounds.get(figure), after.bounds.get(figure)
    return old is not None and new is not None and new[0] <= old[1]


def _recoveries(before: LoadResult, after: LoadResult, tolerance: float) -> Iterator[Change]:
    """Compare how soon service was back after faults that both runs felt."""
    known = {fault.what: fault for fault in before.faults if fault.proven}
    for fault in after.faults:
        if fault.proven and fault.what in known:
            times = (known[fault.what].recovered_s, fault.recovered_s)
            old, new = (NEVER if time is None else time for time in times)
            yield Change(
                after.profile, fault.what, RECOVERY_S, old, new, new > old * (1 + tolerance) + LEAST_RECOVERY_S
            )


def _objectives(before: LoadResult, after: LoadResult) -> Iterator[Change]:
    """Name the objectives that were held and are missed now."""
    held = {item.label: item for item in before.objectives if item.held}
    for item in after.objectives:
        if item.missed and item.label in held and held[item.label].limit == item.limit:
            figure = f"objective {item.name}"
            yield Change(after.profile, item.about, figure, held[item.label].measured, item.measured, worse=True)
