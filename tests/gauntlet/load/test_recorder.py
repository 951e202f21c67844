from __future__ import annotations

import itertools
from array import array

import pytest

from gauntlet.load.arrivals import Schedule
from gauntlet.load.consumer_requests import correlation_id
from gauntlet.load.measured import RunFacts, from_json, to_json
from gauntlet.load.patient_check import RIGHT, WRONG_PATIENT, Finding
from gauntlet.load.recorder import MAX_SAMPLES, PLAIN_SECONDS, SAMPLES_PER_PROBLEM, TOGETHER, Outcome, Recorder

FACTS = RunFacts("flat", 7, 1e9, 2.0, interrupted=False, unsent_by_us=0, connections=3, cpu_s=0.5)


def recorder(arrivals: int = 4) -> Recorder:
    starts = array("d", [0.5 * index for index in range(arrivals)])
    schedule = Schedule(starts, array("H", [index % 2 for index in range(arrivals)]), array("L", range(arrivals)))
    made = Recorder(["header", "labs"], schedule, seed=7)
    for index in range(arrivals):
        made.arrived(index, 0.001)
    return made


@pytest.fixture
def mixed() -> Recorder:
    made = recorder()
    made.record(Outcome(0, 0.010, 0.009, answered=True, finding=RIGHT))
    made.record(Outcome(1, 0.020, 0.019, answered=True, finding=WRONG_PATIENT))
    made.record(Outcome(2, 5.000, 4.999, answered=False, finding=Finding("no answer within 5 s")))
    made.record(Outcome(3, 4.000, None, answered=False, finding=Finding("no free connection within 4 s")))
    return made


def test_every_arrival_counts_whatever_became_of_it(mixed: Recorder) -> None:
    raw = mixed.result(FACTS)
    header, labs = raw.endpoints
    assert (raw.wanted, raw.sent, raw.answered, raw.unsent) == (4, 3, 2, 1)
    assert (header.sent, header.answered, header.errors, header.wrong_patient) == (2, 1, 1, 0)
    assert (labs.sent, labs.answered, labs.errors, labs.wrong_patient) == (1, 1, 2, 1)
    assert (header.latency.count, header.service.count) == (2, 1)
    assert header.latency.max_us == 5_000_000  # an unanswered request counts at its age
    assert labs.latency.max_us == 4_000_000
    assert [(s.second, s.wanted, s.answered, s.errors) for s in raw.timeline] == [(0, 2, 2, 1), (1, 2, 0, 2)]


def test_the_result_survives_json(mixed: Recorder) -> None:
    text = to_json(mixed.result(FACTS))
    assert to_json(from_json(text)) == text


def test_samples_name_no_patient_but_lead_to_the_request(mixed: Recorder) -> None:
    mixed.settle()
    assert mixed.samples[0] == (
        "at 0.500 s, labs, patient no. 1 of the plan: another patient's data after 20 ms; X-Correlation-Id "
        + correlation_id(7, 1)
    )


def test_samples_are_few_for_each_problem_and_in_total() -> None:
    made = recorder(100)
    for index in range(100):
        made.record(Outcome(index, 0.1, 0.1, answered=True, finding=Finding(f"HTTP {index // 10}")))
    assert len(made.samples) == MAX_SAMPLES
    assert sum("HTTP 0" in sample for sample in made.samples) == SAMPLES_PER_PROBLEM
    assert made.result(FACTS).problems["HTTP 9"] == 10


def test_old_seconds_take_little_room_and_lose_nothing() -> None:
    made, packing = recorder(400), recorder(400)
    for number in range(400):
        late = number if number % 50 else 7  # now and then an answer for a second that is long over
        for one in (made, packing):
            outcome = Outcome(late, 0.001 * (number + 1), 0.001, answered=True, finding=RIGHT)
            one.record(outcome)
        packing.settle()
        assert sum(second.latency.count > 0 for second in packing.seconds.values()) <= PLAIN_SECONDS + 2
    assert to_json(packing.result(FACTS)) == to_json(made.result(FACTS))


@pytest.mark.parametrize("often", [1, 7, TOGETHER, TOGETHER + 1, 10_000])
def test_it_does_not_matter_when_it_settles(often: int) -> None:
    made = recorder(300)
    for arrival in range(300):
        finding = WRONG_PATIENT if arrival % 50 == 0 else RIGHT
        made.record(
            Outcome(arrival, arrival / 1e4, None if arrival % 30 == 1 else 0.01, arrival % 30 != 1, finding, 10)
        )
        if arrival % often == 0:
            made.settle()
    raw = made.result(FACTS)
    assert (raw.wanted, raw.unsent, raw.answered, raw.sent) == (300, 10, 290, 290)
    assert sum(tally.wrong_patient for tally in raw.endpoints) == 6
    assert sum(second.latency.count for second in raw.timeline) == 300
    assert raw.lag.max_us == 1000


def test_what_happens_while_it_settles_is_neither_lost_nor_counted_twice() -> None:
    made = recorder(300)
    outcomes = iter(
        [
            Outcome(arrival, 0.2, 0.1, answered=True, finding=WRONG_PATIENT if arrival % 5 else RIGHT)
            for arrival in range(300)
        ]
    )

    def meanwhile() -> None:
        for outcome in itertools.islice(outcomes, 7):  # an arrival's problem is told in the middle of settling
            made.record(outcome)

    made.meanwhile = meanwhile
    meanwhile()
    for _ in range(100):
        made.settle()
    assert next(outcomes, None) is None
    raw = made.result(FACTS)
    assert (raw.answered, raw.sent, sum(raw.problems.values())) == (300, 300, 240)
    assert [sum(tally.latency.count for tally in raw.endpoints), raw.lag.count] == [300, 300]
    assert (
        sum(second.latency.count for second in raw.timeline) == sum(second.answered for second in raw.timeline) == 300
    )
