"""Two load results side by side: pure. Worse is what is clearly worse, in share and in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gauntlet.result import EndpointLoad, LoadResult
from gauntlet.verdict import Verdict

LEAST_MS = 5.0  # a smaller difference is a timer's
LEAST_SHARE = 0.001  # of errors


@dataclass(frozen=True, slots=True)
class Change:
    """One figure of one endpoint in both runs; shares for errors, else milliseconds."""

    profile: str
    endpoint: str
    figure: str
    before: float
    after: float
    worse: bool


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
    rates = [item.wanted / max(item.duration_s, 0.001) for item in (before, after)]
    if abs(rates[0] - rates[1]) > 0.05 * max(rates):
        return f"different rates: {rates[0]:.1f} and {rates[1]:.1f} arrivals/s"
    return ""


def _changes(before: LoadResult, after: LoadResult, tolerance: float) -> Iterator[Change]:
    known = {item.name: item for item in before.endpoints}
    for endpoint in after.endpoints:
        if endpoint.name in known:
            yield from _of_endpoint(after.profile, known[endpoint.name], endpoint, tolerance)


def _of_endpoint(profile: str, before: EndpointLoad, after: EndpointLoad, tolerance: float) -> Iterator[Change]:
    for name in ("p50", "p95", "p99", "p999"):
        old, new = getattr(before.latency, name), getattr(after.latency, name)
        yield Change(profile, after.name, f"{name} ms", old, new, new > old * (1 + tolerance) + LEAST_MS)
    old, new = (item.errors / max(item.latency.count, 1) for item in (before, after))
    yield Change(profile, after.name, "errors", old, new, new > old * (1 + tolerance) + LEAST_SHARE)
    wrong = (float(before.wrong_patient), float(after.wrong_patient))
    yield Change(profile, after.name, "wrong patients", *wrong, wrong[1] > wrong[0])
