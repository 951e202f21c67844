from __future__ import annotations

import math
import random
from dataclasses import asdict, replace
from typing import Any

import pytest

from gauntlet.load.histogram import Histogram
from gauntlet.load.judge import Circumstances, judge, percentiles
from gauntlet.load.measured import EndpointTally, RawLoad, RunFacts, SecondTally
from gauntlet.load_result import load_from
from gauntlet.verdict import Verdict

FACTS = RunFacts("flat", 7, 1e9, 2.0, interrupted=False, unsent_by_us=0, connections=3, cpu_s=0.5)


def histogram(seconds: float, count: int) -> Histogram:
    made = Histogram()
    for _ in range(count):
        made.record(seconds)
    return made


def tally(name: str, latency_s: float, count: int = 100, **changes: Any) -> EndpointTally:
    made = EndpointTally(name, count, count, 0, 0, histogram(latency_s, count), histogram(latency_s, count))
    return replace(made, **changes)


def run(*endpoints: EndpointTally, lag_s: float = 0.001, unsent: int = 0, **facts: Any) -> RawLoad:
    wanted = sum(endpoint.latency.count for endpoint in endpoints)
    seconds = [SecondTally(0, wanted, wanted, 0, histogram(0.01, wanted))]
    lag = histogram(lag_s, wanted)
    return RawLoad(replace(FACTS, **facts), wanted, unsent, lag, list(endpoints), seconds, {}, ["a sample"])


GOOD = tally("header", 0.010)
SILENT = tally("header", 5.0, answered=0, errors=100)
STALLED = tally("header", 5.0, answered=60, errors=40)


@pytest.mark.parametrize(
    ("raw", "verdict", "reason"),
    [
        (run(GOOD), Verdict.PASS, ""),
        (run(GOOD, tally("labs", 0.3, 10)), Verdict.PASS, ""),
        # objectives: p50 200, p95 400, p99 600 ms, errors 1 %
        (run(tally("header", 0.25)), Verdict.FAIL, "p50_ms is 250, allowed 200"),
        (run(GOOD, tally("labs", 0.5, 10)), Verdict.FAIL, "p95_ms is 500, allowed 400"),
        (run(GOOD, tally("labs", 0.7, 3)), Verdict.FAIL, "p99_ms is 699.9, allowed 600"),
        (run(replace(GOOD, errors=1)), Verdict.PASS, ""),
        (run(replace(GOOD, errors=2)), Verdict.FAIL, "error_rate is 0.02, allowed 0.01"),
        (run(STALLED), Verdict.FAIL, "p50_ms is 5000, allowed 200; p95_ms"),
        # a wrong patient fails whatever else happened
        (run(replace(GOOD, wrong_patient=1)), Verdict.FAIL, "wrong_patient is 1, allowed 0"),
        (run(replace(GOOD, wrong_patient=1), lag_s=9.0), Verdict.FAIL, "wrong_patient is 1, allowed 0"),
        (
            run(replace(GOOD, wrong_patient=1), interrupted=True),
            Verdict.FAIL,
            "wrong_patient is 1, allowed 0",
        ),
        # our own trouble
        (run(), Verdict.INCONCLUSIVE, "nothing was sent (0 arrivals were due)"),
        (
            run(replace(SILENT, sent=0), unsent=100),
            Verdict.INCONCLUSIVE,
            "nothing was sent (100 arrivals were due)",
        ),
        (run(GOOD, interrupted=True), Verdict.INCONCLUSIVE, "stopped early, after 100 arrivals"),
        (run(GOOD, unsent=1, unsent_by_us=1), Verdict.INCONCLUSIVE, "could not send 1 of 100 arrivals"),
        (run(GOOD, lag_s=0.051), Verdict.INCONCLUSIVE, "the generator itself was late: p99 51 ms"),
        (run(STALLED, lag_s=0.051), Verdict.INCONCLUSIVE, "the generator itself was late"),
        (run(GOOD, lag_s=0.050), Verdict.PASS, ""),
        (run(SILENT), Verdict.INCONCLUSIVE, "not one of 100 requests was answered; is the gateway there?"),
        # unsent because answers were slow is the gateway's doing
        (run(replace(STALLED, sent=70), unsent=30), Verdict.FAIL, "p50_ms is 5000"),
    ],
)
def test_verdicts(profile, raw: RawLoad, verdict: Verdict, reason: str) -> None:
    result = judge(raw, profile())
    assert result.verdict is verdict
    assert reason in result.reason
    assert bool(result.reason) == (verdict is not Verdict.PASS)


def test_the_most_frequent_problem_explains_a_silent_gateway(profile) -> None:
    raw = replace(run(SILENT), problems={"connection refused": 99, "connection reset": 1})
    assert "(connection refused)" in judge(raw, profile()).reason


def test_a_missed_should_warns_but_a_wrong_patient_fails_even_then(profile) -> None:
    assert judge(run(STALLED), profile(), level="SHOULD").verdict is Verdict.WARN
    assert judge(run(replace(GOOD, wrong_patient=1)), profile(), level="SHOULD").verdict is Verdict.FAIL


def test_the_result_shows_endpoints_total_seconds_and_objectives(profile) -> None:
    result = judge(run(GOOD, tally("labs", 0.3, 10)), profile(), Circumstances(ehr_calls=42))
    assert [(item.name, item.sent, item.latency.count) for item in result.endpoints] == [
        ("header", 100, 100),
        ("labs", 10, 10),
        ("all", 110, 110),
    ]
    assert result.endpoints[-1].latency.max == 300
    assert [(item.name, item.limit, item.held) for item in result.objectives] == [
        ("p50_ms", 200, True),
        ("p95_ms", 400, True),
        ("p99_ms", 600, True),
        ("error_rate", 0.01, True),
        ("wrong_patient", 0, True),
    ]
    assert [(item.second, item.wanted, item.answered) for item in result.timeline] == [(0, 110, 110)]
    assert (result.wanted, result.sent, result.ehr_calls, result.sample_errors) == (
        110,
        110,
        42,
        ["a sample"],
    )


def test_the_result_is_plain_data(profile) -> None:
    result = judge(run(GOOD), profile())
    assert load_from(asdict(result)) == result


@pytest.mark.parametrize(("name", "share"), [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)])
def test_bounds_hold_the_percentile_of_all_that_might_have_arrived(name: str, share: float) -> None:
    source, held, draws = random.Random(7), 0, 300
    truth_ms = -math.log(1 - share) * 1000
    for _ in range(draws):
        found = Histogram()
        found.record_all([source.expovariate(1.0) for _ in range(1000)])
        low, high = percentiles(found).bounds[name]
        assert low <= getattr(percentiles(found), name) <= high
        held += low <= truth_ms * 1.001 and truth_ms <= high * 1.001  # a bucket is 0.1 % wide
    assert 0.97 * draws <= held < draws


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_arrivals_have_bounds_within_what_was_seen(count: int) -> None:
    found = Histogram()
    found.record_all([0.01 * number for number in range(1, count + 1)])
    for low, high in percentiles(found).bounds.values():
        assert found.min_us / 1000 <= low <= high <= found.max_us / 1000
    assert percentiles(Histogram()).bounds == {}
