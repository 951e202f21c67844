"""Objectives against what was measured: pure. What rests on too few arrivals is neither held nor missed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from gauntlet.load.measured import EndpointTally, SecondTally, seconds_of
from gauntlet.load.profile import Profile, Request
from gauntlet.load.recovery import recovered_s
from gauntlet.load.slo import ERROR_RATE, LATENCIES, RECOVERY, WRONG_PATIENT, PartSlo
from gauntlet.load.traffic import asks, traffic_class
from gauntlet.load_result import LoadFault, Objective

ALL = "all"
PERCENTS = dict(zip(LATENCIES, (50.0, 95.0, 99.0, 99.9), strict=True))
LEAST_BEYOND = 5  # arrivals above a percentile: fewer are single accidents


def arrivals_needed(percent: float) -> int:
    """Return how many arrivals a percentile needs to say something: 10 for p50, 100, 500, and 5,000 for p99.9."""
    return math.ceil(LEAST_BEYOND / (1 - percent / 100) - 1e-6)


def objectives_of(tally: EndpointTally, limits: Mapping[str, float], about: str = ALL) -> list[Objective]:
    """Compare what `tally` counted with `limits` by objective name; shares are of its arrivals.

    Over all requests p50 to p99 are always judged: a profile is made large enough for them.
    """
    count = tally.latency.count
    measured = {
        **dict(zip(PERCENTS, tally.latency.percentiles_ms(tuple(PERCENTS.values())), strict=True)),
        ERROR_RATE: tally.errors / count if count else 0.0,
        WRONG_PATIENT: float(tally.wrong_patient),
    }
    found = []
    for name, limit in limits.items():
        needed = _needed(name, about)
        doubt = f"{count:,} arrivals are too few: {needed:,} are needed" if count < needed else ""
        found.append(Objective(name, limit, measured[name], not doubt and measured[name] <= limit, about, doubt))
    return found


def _needed(name: str, about: str) -> int:
    if about != ALL:
        return arrivals_needed(PERCENTS[name]) if name in PERCENTS else 1
    return arrivals_needed(PERCENTS[name]) if name == LATENCIES[-1] else 0


def part_objectives(
    profile: Profile, tallies: Sequence[EndpointTally], faults: Sequence[LoadFault], create_type: str, duration_s: float
) -> list[Objective]:
    """Judge what the profile wants of endpoints and traffic classes alone, which have `tallies` by kind of request."""
    found: list[Objective] = []
    for about, part, mine in _parts(profile, create_type):
        kinds = [tally for tally in tallies if tally.name in {request.name for request in mine}]
        limits = part.limits()
        within = limits.pop(RECOVERY, None)
        about_this = undisturbed(timeline(kinds), faults) if faults else total_of(kinds)
        found += objectives_of(about_this, limits, about)
        if within is not None:
            seconds = [second for second in timeline(kinds) if second.wanted]  # others say nothing
            slo, good_s = profile.slo.of_part(part), profile.recovery.good_s if profile.recovery else 1
            back = [recovered_s(seconds, slo, fault.until_s, good_s, gaps=True) for fault in faults]
            found += recovery_of(faults, back, within, duration_s, about)
    return found


def _parts(profile: Profile, create_type: str) -> Iterable[tuple[str, PartSlo, list[Request]]]:
    judged = [request for request in profile.mix if request.judged]
    for name, part in profile.slo.endpoint.items():
        if mine := [request for request in judged if asks(request.request, name, create_type)]:
            yield name, part, mine
    for name, part in profile.slo.traffic.items():
        yield name, part, [request for request in profile.mix if traffic_class(request.role) == name]


def recovery_of(
    faults: Sequence[LoadFault], back: Sequence[float | None], within_s: float, duration_s: float, about: str = ALL
) -> list[Objective]:
    """Judge how soon service was `back` after each fault: the slowest counts, one that was not seen as the time left.

    A fault that was not felt, or one after which the run ended too early, proves nothing.
    """
    doubts, missed, slowest = [], False, 0.0
    for fault, seen in zip(faults, back, strict=True):
        took = max(duration_s - fault.until_s, 0.0) if seen is None else seen
        slowest = max(slowest, took)
        if not fault.proven:
            doubts.append(f"the fault {fault.what} was not felt")
        elif seen is None and took < within_s:
            doubts.append(f"the run ended {took:.0f} s after {fault.what}, too early to say")
        else:
            missed = missed or seen is None or seen > within_s
    doubt = "" if missed else "; ".join(doubts)
    held = not (missed or doubt)
    return [Objective(RECOVERY, within_s, round(slowest, 1), held, about, doubt)] if faults else []


def timeline(kinds: Sequence[EndpointTally]) -> list[SecondTally]:
    """Return the seconds of several kinds of request together; empty when they were not kept by kind."""
    return seconds_of([tally.seconds for tally in kinds])


def undisturbed(seconds: Sequence[SecondTally], faults: Sequence[LoadFault]) -> EndpointTally:
    """Return the sum of the seconds in which no fault was in force or still felt."""
    total = EndpointTally("undisturbed")
    for second in seconds:
        if not any(_felt(fault, second.second) for fault in faults):
            total.answered += second.answered
            total.errors += second.errors
            total.latency.merge(second.latency)
    return total


def _felt(fault: LoadFault, second: int) -> bool:
    over = math.inf if fault.recovered_s is None else fault.until_s + fault.recovered_s
    return fault.from_s - 1 < second < over


def total_of(tallies: Sequence[EndpointTally], name: str = ALL) -> EndpointTally:
    """Return the sum of `tallies`."""
    total = EndpointTally(name)
    for tally in tallies:
        total.sent += tally.sent
        total.answered += tally.answered
        total.errors += tally.errors
        total.wrong_patient += tally.wrong_patient
        total.latency.merge(tally.latency)
        total.service.merge(tally.service)
    return total
