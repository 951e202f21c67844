"""From measurement to verdict: pure. A wrong patient always fails; our own trouble is never the gateway's.

Order of judgement: a wrong-patient answer is a fact and fails whatever else happened. Then everything that
makes the measurement worthless is inconclusive: nothing sent, stopped early, a generator that was late or
could not send, not one answer. Only then the objectives decide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gauntlet.load.histogram import Histogram
from gauntlet.load.measured import EndpointTally, RawLoad, SecondTally
from gauntlet.load.objectives import objectives_of, part_objectives, recovery_of, total_of, undisturbed
from gauntlet.load.profile import Profile, Request
from gauntlet.load.slo import RECOVERY
from gauntlet.load.traffic import endpoint_name, traffic_class
from gauntlet.load_result import EndpointLoad, LatencyBin, LoadFault, LoadResult, LoadSecond, Objective, Percentiles
from gauntlet.verdict import Verdict, graded

_PERCENTS = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p999": 99.9}
_SURE = 2.576  # standard deviations on either side that hold 99 %
MAX_LAG_P99_MS = 50.0  # a generator that is later than this in 1 % of the arrivals measures itself


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else is known of a run that is judged."""

    ehr_calls: int = 0  # data requests the EHR saw meanwhile
    faults: Sequence[LoadFault] = ()
    create_type: str = ""  # of the records that were written
    short: bool = False  # the short form: that it has too few arrivals for some objectives is no flaw of the run


def judge(raw: RawLoad, profile: Profile, known: Circumstances | None = None, *, level: str = "MUST") -> LoadResult:
    """Judge a run against the profile's objectives.

    `level`: of the requirement; a failed SHOULD warns. The seconds in which a fault was in force or not overcome yet
    are left out: recovery has a limit of its own.
    """
    known = known or Circumstances()
    total = total_of(raw.endpoints)
    objectives = _objectives(raw, profile, known, total.wrong_patient)
    verdict, reason = verdict_of(raw, objectives, level, short=known.short)
    return LoadResult(
        profile=raw.run.profile,
        why=profile.why,
        seed=raw.run.seed,
        duration_s=raw.run.duration_s,
        wanted=raw.wanted,
        sent=raw.sent,
        unsent=raw.unsent,
        lag=percentiles(raw.lag),
        endpoints=[_endpoint(tally) for tally in (*raw.endpoints, total)],
        timeline=[_second(tally) for tally in raw.timeline],
        objectives=objectives,
        verdict=verdict,
        reason=reason,
        ehr_calls=known.ehr_calls,
        sample_errors=raw.sample_errors,
        validated=raw.validated,
        broken_rules=raw.broken_rules,
        faults=list(known.faults),
        distribution=distribution(total.latency),
        partial=raw.run.interrupted,
        interactions=_grouped(raw, profile, lambda request: endpoint_name(request.request, known.create_type)),
        traffic=_grouped(raw, profile, lambda request: traffic_class(request.role)),
    )


def _objectives(raw: RawLoad, profile: Profile, known: Circumstances, wrong_patient: int) -> list[Objective]:
    """Return the objectives over all requests, then those of endpoints and traffic classes."""
    faults, duration_s = known.faults, raw.run.duration_s
    about = undisturbed(raw.timeline, faults) if faults else total_of(judged_endpoints(raw, profile))
    about.wrong_patient = wrong_patient  # never, and by nobody
    found = objectives_of(about, profile.slo.limits())
    if profile.recovery is not None:
        back = [fault.recovered_s for fault in faults]
        found += recovery_of(faults, back, profile.recovery.within_s, duration_s)
    return found + part_objectives(profile, raw.endpoints, faults, known.create_type, duration_s)


def _grouped(raw: RawLoad, profile: Profile, key: Callable[[Request], str]) -> list[EndpointLoad]:
    """Return the kinds of request added up by `key`, in the order of the profile."""
    groups: dict[str, list[EndpointTally]] = {}
    tallies = {tally.name: tally for tally in raw.endpoints}
    for request in profile.mix:
        if request.name in tallies:
            groups.setdefault(key(request), []).append(tallies[request.name])
    return [_endpoint(total_of(kinds, name)) for name, kinds in groups.items()]


def judged_endpoints(raw: RawLoad, profile: Profile) -> list[EndpointTally]:
    """Return the kinds of request that the objectives are about."""
    names = {request.name for request in profile.mix if request.judged}
    return [tally for tally in raw.endpoints if tally.name in names] or raw.endpoints


def distribution(histogram: Histogram) -> list[LatencyBin]:
    """Return `histogram` as bins for a plot: four to each doubling, from 0.5 ms on."""
    counts: dict[int, int] = {}
    for milliseconds, count in histogram.values_ms():
        number = max(0, math.ceil(4 * math.log2(max(milliseconds, 0.001) / 0.5)))
        counts[number] = counts.get(number, 0) + count
    numbers = range(min(counts, default=0), max(counts, default=-1) + 1)
    return [LatencyBin(round(0.5 * 2 ** (number / 4), 3), counts.get(number, 0)) for number in numbers]


def verdict_of(raw: RawLoad, objectives: list[Objective], level: str, *, short: bool = False) -> tuple[Verdict, str]:
    """Return the verdict of a run and, unless it passed, its reason in one line.

    An objective that could not be judged leaves the run inconclusive, but too few arrivals for it in a `short` run.
    """
    missed = [objective for objective in objectives if objective.missed]
    if any(objective.name == "wrong_patient" for objective in missed):
        return graded(failed=True, level="MUST"), _missed(missed)
    doubt = _doubt(raw)
    if doubt:
        return Verdict.INCONCLUSIVE, doubt
    unjudged = [item for item in objectives if item.doubt and (item.name == RECOVERY or not short)]
    if unjudged and not missed:
        return Verdict.INCONCLUSIVE, "; ".join(f"{item.label} is not judged: {item.doubt}" for item in unjudged)
    return graded(bool(missed), level), _missed(missed)


def _doubt(raw: RawLoad) -> str:
    """Return why the measurement says nothing about the gateway; empty when it does."""
    lag_ms = raw.lag.percentile_ms(99)
    if raw.wanted == 0 or raw.sent == 0:
        return f"nothing was sent ({raw.wanted} arrivals were due)"
    if raw.run.interrupted:
        return f"the run was stopped early, after {raw.wanted} arrivals"
    if raw.run.unsent_by_us:
        return f"the generator itself could not send {raw.run.unsent_by_us} of {raw.wanted} arrivals"
    if lag_ms > MAX_LAG_P99_MS:
        return f"the generator itself was late: p99 {lag_ms:.0f} ms, allowed {MAX_LAG_P99_MS:.0f}"
    if raw.answered == 0:
        return f"not one of {raw.sent} requests was answered{_most_frequent(raw)}; is the gateway there?"
    return ""


def _most_frequent(raw: RawLoad) -> str:
    return f" ({next(iter(raw.problems))})" if raw.problems else ""


def _missed(missed: list[Objective]) -> str:
    return "; ".join(f"{item.label} is {item.measured:.4g}, allowed {item.limit:g}" for item in missed)


def percentiles(histogram: Histogram) -> Percentiles:
    """Return the percentiles of `histogram` as the report shows them."""
    p50, p95, p99, p999 = histogram.percentiles_ms(tuple(_PERCENTS.values()))
    bounds = {name: _bounds_ms(histogram, percent) for name, percent in _PERCENTS.items()} if histogram.count else {}
    return Percentiles(histogram.count, p50, p95, p99, p999, histogram.max_us / 1000, bounds)


def _bounds_ms(histogram: Histogram, percent: float) -> list[float]:
    """Return between which of the samples the percentile of all that might have arrived lies, 99 % sure."""
    count, share = histogram.count, percent / 100
    either_side = _SURE * math.sqrt(count * share * (1 - share))
    low = max(1, math.floor(count * share - either_side))
    high = min(count, math.ceil(count * share + either_side) + 1)
    return histogram.percentiles_ms((100 * low / count, 100 * high / count))


def _endpoint(tally: EndpointTally) -> EndpointLoad:
    return EndpointLoad(
        tally.name,
        tally.sent,
        tally.errors,
        tally.wrong_patient,
        percentiles(tally.latency),
        percentiles(tally.service),
    )


def _second(tally: SecondTally) -> LoadSecond:
    p50, p95, p99 = tally.latency.percentiles_ms((50, 95, 99))
    return LoadSecond(tally.second, tally.wanted, tally.answered, tally.errors, p50, p95, p99)
