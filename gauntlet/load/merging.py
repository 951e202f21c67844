"""One result from those of several generators: nothing is lost, as if one generator had measured it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from gauntlet.load.histogram import Histogram
from gauntlet.load.measured import EndpointTally, RawLoad, seconds_of
from gauntlet.load.progress import Progress
from gauntlet.load.recorder import MAX_SAMPLES


def merged(parts: Sequence[RawLoad]) -> RawLoad:
    """Return the sum of the results of all generators of one run. Raises ValueError when there is none."""
    if not parts:
        raise ValueError("no generator left a result")
    first = parts[0].run
    run = replace(
        first,
        duration_s=max(part.run.duration_s for part in parts),
        interrupted=any(part.run.interrupted for part in parts),
        unsent_by_us=sum(part.run.unsent_by_us for part in parts),
        connections=sum(part.run.connections for part in parts),
        cpu_s=sum(part.run.cpu_s for part in parts),
    )
    writes: dict[int, list[int]] = {}
    for part in parts:
        for patient, counts in part.writes.items():
            writes[patient] = [a + b for a, b in zip(writes.get(patient, [0, 0]), counts, strict=True)]
    return RawLoad(
        run=run,
        wanted=sum(part.wanted for part in parts),
        unsent=sum(part.unsent for part in parts),
        lag=sum_of(part.lag for part in parts),
        endpoints=[_endpoint(same) for same in zip(*(part.endpoints for part in parts), strict=True)],
        timeline=seconds_of(part.timeline for part in parts),
        problems=_added_up(part.problems for part in parts),
        sample_errors=[text for part in parts for text in part.sample_errors][:MAX_SAMPLES],
        writes=writes,
        validated=sum(part.validated for part in parts),
        broken_rules=_added_up(part.broken_rules for part in parts),
    )


def _added_up(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Return the sum of each count, the largest first."""
    total: Counter[str] = Counter()
    for part in counts:
        total.update(part)
    return dict(total.most_common())


def sum_of(histograms: Iterable[Histogram]) -> Histogram:
    """Return one histogram that has counted what all of `histograms` counted."""
    whole = Histogram()
    for histogram in histograms:
        whole.merge(histogram)
    return whole


def _endpoint(same: Sequence[EndpointTally]) -> EndpointTally:
    return EndpointTally(
        name=same[0].name,
        sent=sum(item.sent for item in same),
        answered=sum(item.answered for item in same),
        errors=sum(item.errors for item in same),
        wrong_patient=sum(item.wrong_patient for item in same),
        latency=sum_of(item.latency for item in same),
        service=sum_of(item.service for item in same),
        seconds=seconds_of(item.seconds for item in same),
    )


def together(latest: Sequence[Progress]) -> Progress:
    """Return the state of all generators: counts and rates added up, of each percentile the worst generator's."""
    sums = ("wanted", "answered", "outstanding", "errors", "wrong_patient", "errors_lately")
    rates = ("wanted_per_s", "answered_per_s")
    worst = tuple(name for name in Progress.__dataclass_fields__ if name.endswith(("_ms", "elapsed_s")))
    return replace(
        latest[0],
        **{name: sum(getattr(item, name) for item in latest) for name in (*sums, *rates)},
        **{name: max(getattr(item, name) for item in latest) for name in worst},
    )
