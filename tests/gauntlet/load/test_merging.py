from __future__ import annotations

import random
from dataclasses import replace

import pytest

from gauntlet.load.arrivals import draw
from gauntlet.load.measured import RunFacts, from_json, to_json
from gauntlet.load.merging import merged, together
from gauntlet.load.patient_check import RIGHT, Finding
from gauntlet.load.progress import Progress
from gauntlet.load.recorder import Outcome, Recorder

FACTS = RunFacts("flat", 7, 1e9, 2.0, interrupted=False, unsent_by_us=0, connections=3, cpu_s=0.5)
PROGRESS = Progress(1.0, 2.0, 10, 9, 1, 0, 0, 10.0, 9.0, 5.0, 6.0, 7.0, 0.5)


def recorded(schedule, outcomes, names):
    recorder = Recorder(names, schedule, 7, frozenset({1}))
    for arrival in range(len(schedule)):
        latency, finding = outcomes[schedule.number(arrival)]
        recorder.arrived(arrival, 0.001)
        recorder.record(Outcome(arrival, latency, latency, answered=True, finding=finding))
    sampled = {"Observation.status (required)": len(schedule), "Patient.id (format)": 1}
    return replace(recorder.result(FACTS), validated=len(schedule), broken_rules=sampled)


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_several_generators_measure_what_one_would(profile, workers) -> None:
    shape = profile()
    whole = draw(shape.curve, shape.mix, 20, 7)
    source = random.Random(1)
    outcomes = [(source.expovariate(5), Finding("HTTP 503") if source.random() < 0.1 else RIGHT) for _ in whole.starts]
    names = [request.name for request in shape.mix]
    one = recorded(whole, outcomes, names)
    parts = [recorded(whole.share(number, workers), outcomes, names) for number in range(workers)]
    assert sum(len(whole.share(number, workers)) for number in range(workers)) == len(whole)
    sums = merged([from_json(to_json(part)) for part in parts])
    assert sums.broken_rules == {"Observation.status (required)": len(whole), "Patient.id (format)": workers}
    same = replace(sums, run=FACTS, sample_errors=one.sample_errors, broken_rules=one.broken_rules)
    assert to_json(replace(same, writes=dict(sorted(same.writes.items())))) == to_json(
        replace(one, writes=dict(sorted(one.writes.items())))
    )
    assert sums.run.cpu_s == 0.5 * workers


def test_nothing_to_merge_is_an_error() -> None:
    with pytest.raises(ValueError, match="no generator"):
        merged([])


def test_progress_adds_up_and_shows_the_worst() -> None:
    both = together([PROGRESS, replace(PROGRESS, wanted=5, p99_ms=70.0, elapsed_s=1.5)])
    assert (both.wanted, both.answered_per_s, both.p99_ms, both.elapsed_s) == (15, 18.0, 70.0, 1.5)
