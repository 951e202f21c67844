"""Family LOD: how much is too much, and what grows with time."""

import statistics

import pytest

from gauntlet import expect
from gauntlet.capacity import bisected, capacity_of
from gauntlet.errors import Inconclusive
from gauntlet.footprint import quarter
from gauntlet.verdict import Verdict


@pytest.mark.requirement("LOD-07", tripped_by=["serves-one-at-a-time"])
def test_capacity_is_found(load, measured):
    """The highest arrival rate within the objectives is at least the morning's peak

    The rate climbs a staircase until the objectives are missed; the whole profile then bisects between the last good
    and the first bad rate. When the generator is late before the gateway is, the figure is a lower bound.

    Who knows the figure can plan the next clinic; who does not finds it out on a Monday morning.

    Integrating FHIR with Allscripts, section 6.
    """
    run = load.run("capacity")
    search = run.profile.search
    if search is None:
        raise Inconclusive(f"the profile {run.profile.name} is not a search: [search] is missing")

    def held(rate):
        result = load.at_rate(run.profile, rate, search.step_s).result
        return None if result.verdict is Verdict.INCONCLUSIVE else not any(item.missed for item in result.objectives)

    found = bisected(capacity_of(run.raw, run.profile), held, search.bisections)
    measured["capacity /s"] = found.good
    if found.good < search.at_least_per_s and found.generator_limited:
        raise Inconclusive(f"the generator itself was late beyond {found.good:g}/s")
    if found.good < search.at_least_per_s:
        run.require_calm()
    expect.at_least(found.good, search.at_least_per_s, "the capacity is below the morning's peak", "arrivals/s")


@pytest.mark.requirement("LOD-08", tripped_by=["keeps-every-answer", "leaves-files-open", "slower-with-every-request"])
def test_nothing_drifts(load, measured):
    """At a steady rate memory, open files and latency stay as they are

    The gateway's resident memory and open descriptors are read four times a second, from its metrics or its process;
    the median of the last quarter is compared with that of the second one, when everything is warm. The same for the
    median latency.

    What leaks slowly falls over on the day with the most patients.

    Integrating FHIR with Allscripts, section 6.
    """
    run = load.run("soak")
    drift, watch = run.profile.drift, run.watch
    if drift is None or watch is None:
        raise Inconclusive(f"the profile {run.profile.name} is no soak: [drift] is missing")
    if run.result.verdict is Verdict.INCONCLUSIVE:
        raise Inconclusive(run.result.reason)
    memory = [item.memory / 1e6 for item in watch.taken]
    files = [item.descriptors for item in watch.taken]
    latencies = [second.p50_ms for second in run.result.timeline]
    before, after = quarter(memory, 2), quarter(memory, 4)
    measured["memory MB"], measured["memory growth MB"] = round(after, 1), round(after - before, 1)
    expect.at_most(after - before, max(drift.memory_mb, drift.memory_share * before), "memory grows", "MB")
    opened = quarter(files, 4) - quarter(files, 2)
    measured["descriptors more"] = opened
    expect.at_most(opened, drift.descriptors, "open files or connections grow", "descriptors")
    early, late = (statistics.median(quartered(latencies, number)) for number in (2, 4))
    measured["p50 before ms"], measured["p50 after ms"] = round(early, 1), round(late, 1)
    allowed = max(drift.latency_ms + early, drift.latency_factor * early)
    if late > allowed:
        run.require_calm()
    expect.at_most(late, allowed, "latency grows", "ms")


def quartered(values, number):
    """Return a quarter of the seconds."""
    size = max(1, len(values) // 4)
    return values[(number - 1) * size : number * size]
