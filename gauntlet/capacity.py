"""The highest arrival rate within the objectives: from the steps of a staircase, then by bisection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gauntlet.load.judge import MAX_LAG_P99_MS
from gauntlet.load.measured import RawLoad
from gauntlet.load.profile import Profile
from gauntlet.load.progress import Progress
from gauntlet.load.recovery import is_good
from gauntlet.load_result import LoadResult
from gauntlet.verdict import Verdict

_BAD_SHARE = 0.25  # of a step's seconds may be bad: a second of ramp or noise is not the end


@dataclass(frozen=True, slots=True)
class Capacity:
    """`good` is the highest rate that was held, `bad` the lowest that was not (None: all were held), in arrivals/s."""

    good: float
    bad: float | None
    generator_limited: bool  # beyond `good` the generator was late itself: the gateway may be able to do more


def is_too_much(progress: Progress, profile: Profile) -> bool:
    """Return whether the rate is clearly beyond what can be held, so that going on would only pile up requests."""
    limit = profile.slo.p95_ms.limit
    return progress.p50_lately_ms > limit or progress.outstanding > progress.wanted_per_s * limit / 500


def capacity_of(raw: RawLoad, profile: Profile) -> Capacity:
    """Return the capacity that the staircase shows: the last step whose seconds, and all before, are good."""
    search = profile.search
    assert search is not None  # noqa: S101 - asked for search profiles only
    steps = [point.per_s for point in profile.curve[::2]]
    late = raw.lag.percentile_ms(99) > MAX_LAG_P99_MS
    good = 0.0
    for number, rate in enumerate(steps):
        begin, end = number * search.step_s, (number + 1) * search.step_s
        seconds = [item for item in raw.timeline if begin <= item.second + 0.5 < end]
        bad = sum(not is_good(item, profile.slo) for item in seconds)
        if not seconds or bad > _BAD_SHARE * len(seconds):
            return Capacity(good, rate, late)
        good = rate
    return Capacity(good, None, late)


def bisected(found: Capacity, held: Callable[[float], bool | None], runs: int) -> Capacity:
    """Narrow the gap between good and bad by `runs` runs; `held` runs a rate and says None when it cannot be told."""
    for _ in range(runs):
        if found.bad is None:
            return found
        rate = round((found.good + found.bad) / 2, 1)
        verdict = held(rate)
        if verdict is None:
            return replace(found, generator_limited=True)
        found = replace(found, good=rate) if verdict else replace(found, bad=rate)
    return found


def searched(result: LoadResult, raw: RawLoad, profile: Profile) -> LoadResult:
    """Return the result of a search with its own verdict: to miss the objectives at the top is its purpose."""
    if result.verdict is Verdict.INCONCLUSIVE:
        return result
    found, search = capacity_of(raw, profile), profile.search
    assert search is not None  # noqa: S101 - asked for search profiles only
    if any(item.name == "wrong_patient" and item.missed for item in result.objectives):
        return replace(result, held_per_s=found.good, too_much_per_s=found.bad)
    verdict = Verdict.PASS if found.good >= search.at_least_per_s else Verdict.WARN
    beyond = "no rate of the staircase was too much"
    if found.bad is not None:
        beyond = f"{found.bad:g}/s was too much, and there the search ends"
    reason = f"{found.good:g} arrivals/s were held; {beyond}"
    return replace(result, verdict=verdict, reason=reason, held_per_s=found.good, too_much_per_s=found.bad)
