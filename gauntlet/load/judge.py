"""From measurement to verdict: pure. A wrong patient always fails; our own trouble is never the gateway's.

Order of judgement: a wrong-patient answer is a fact and fails whatever else happened. Then everything that
makes the measurement worthless is inconclusive: nothing sent, stopped early, a generator that was late or
could not send, not one answer. Only then the objectives decide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from gauntlet.load.histogram import Histogram
from gauntlet.load.measured import EndpointTally, RawLoad, SecondTally
from gauntlet.load.profile import Profile
from gauntlet.result import EndpointLoad, LatencyBin, LoadFault, LoadResult, LoadSecond, Objective, Percentiles
from gauntlet.verdict import Verdict, graded

MAX_LAG_P99_MS = 50.0  # a generator that is later than this in 1 % of the arrivals measures itself


def judge(
    raw: RawLoad, profile: Profile, *, ehr_calls: int = 0, level: str = "MUST", faults: Sequence[LoadFault] = ()
) -> LoadResult:
    """Judge a run against the profile's objectives.

    `ehr_calls`: data requests the EHR saw meanwhile. `level`: of the requirement; a failed SHOULD warns. The seconds
    in which one of `faults` was in force or not overcome yet are left out: recovery has a limit of its own.
    """
    endpoints = [_endpoint(tally) for tally in raw.endpoints]
    total = total_of(raw.endpoints)
    endpoints.append(_endpoint(total))
    about = undisturbed(raw, faults) if faults else total_of(judged_endpoints(raw, profile))
    about.wrong_patient = total.wrong_patient  # never, and by nobody
    objectives = objectives_of(about, about.latency.count, profile.slo.limits())
    verdict, reason = verdict_of(raw, objectives, level)
    return LoadResult(
        profile=raw.run.profile,
        why=profile.why,
        seed=raw.run.seed,
        duration_s=raw.run.duration_s,
        wanted=raw.wanted,
        sent=raw.sent,
        unsent=raw.unsent,
        lag=percentiles(raw.lag),
        endpoints=endpoints,
        timeline=[_second(tally) for tally in raw.timeline],
        objectives=objectives,
        verdict=verdict,
        reason=reason,
        ehr_calls=ehr_calls,
        sample_errors=raw.sample_errors,
        faults=list(faults),
        distribution=distribution(total.latency),
        partial=raw.run.interrupted,
    )


def judged_endpoints(raw: RawLoad, profile: Profile) -> list[EndpointTally]:
    """Return the kinds of request that the objectives are about."""
    names = {request.name for request in profile.mix if request.judged}
    return [tally for tally in raw.endpoints if tally.name in names] or raw.endpoints


def undisturbed(raw: RawLoad, faults: Sequence[LoadFault]) -> EndpointTally:
    """Return the sum of the seconds in which no fault was in force or still felt."""
    total = EndpointTally("undisturbed")
    for second in raw.timeline:
        if not any(_felt(fault, second.second) for fault in faults):
            total.answered += second.answered
            total.errors += second.errors
            total.latency.merge(second.latency)
    return total


def _felt(fault: LoadFault, second: int) -> bool:
    over = math.inf if fault.recovered_s is None else fault.until_s + fault.recovered_s
    return fault.from_s - 1 < second < over


def distribution(histogram: Histogram) -> list[LatencyBin]:
    """Return `histogram` as bins for a plot: four to each doubling, from 0.5 ms on."""
    counts: dict[int, int] = {}
    for milliseconds, count in histogram.values_ms():
        number = max(0, math.ceil(4 * math.log2(max(milliseconds, 0.001) / 0.5)))
        counts[number] = counts.get(number, 0) + count
    numbers = range(min(counts, default=0), max(counts, default=-1) + 1)
    return [LatencyBin(round(0.5 * 2 ** (number / 4), 3), counts.get(number, 0)) for number in numbers]


def verdict_of(raw: RawLoad, objectives: list[Objective], level: str) -> tuple[Verdict, str]:
    """Return the verdict of a run and, unless it passed, its reason in one line."""
    missed = [objective for objective in objectives if not objective.held]
    if any(objective.name == "wrong_patient" for objective in missed):
        return graded(failed=True, level="MUST"), _missed(missed)
    doubt = _doubt(raw)
    if doubt:
        return Verdict.INCONCLUSIVE, doubt
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


def objectives_of(total: EndpointTally, wanted: int, limits: Mapping[str, float]) -> list[Objective]:
    """Compare the whole run with `limits` by objective name; shares are of the arrivals `wanted`."""
    p50, p95, p99 = total.latency.percentiles_ms((50, 95, 99))
    measured = {
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "error_rate": total.errors / wanted if wanted else 0.0,
        "wrong_patient": float(total.wrong_patient),
    }
    return [Objective(name, limit, measured[name], measured[name] <= limit) for name, limit in limits.items()]


def _missed(missed: list[Objective]) -> str:
    return "; ".join(f"{item.name} is {item.measured:.4g}, allowed {item.limit:g}" for item in missed)


def total_of(tallies: list[EndpointTally]) -> EndpointTally:
    """Return the sum of `tallies`, named "all"."""
    total = EndpointTally("all")
    for tally in tallies:
        total.sent += tally.sent
        total.answered += tally.answered
        total.errors += tally.errors
        total.wrong_patient += tally.wrong_patient
        total.latency.merge(tally.latency)
        total.service.merge(tally.service)
    return total


def percentiles(histogram: Histogram) -> Percentiles:
    """Return the percentiles of `histogram` as the report shows them."""
    p50, p95, p99, p999 = histogram.percentiles_ms((50, 95, 99, 99.9))
    return Percentiles(histogram.count, p50, p95, p99, p999, histogram.max_us / 1000)


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
