from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from gauntlet.load.histogram import Histogram
from gauntlet.load.judge import Circumstances, judge
from gauntlet.load.measured import EndpointTally, RawLoad, RunFacts, SecondTally, from_json, to_json
from gauntlet.load.objectives import arrivals_needed
from gauntlet.load.target_slo import with_slo
from gauntlet.load_result import LoadFault, load_from
from gauntlet.verdict import Verdict

WHY = "the target file says so"
FAULT = LoadFault("outage", 2.0, 4.0, 1.0, proven=True, evidence="felt")


def histogram(seconds: float, count: int) -> Histogram:
    made = Histogram()
    for _ in range(count):
        made.record(seconds)
    return made


def tally(name: str, latency_s: float, count: int, **changes: Any) -> EndpointTally:
    made = EndpointTally(name, count, count, 0, 0, histogram(latency_s, count), histogram(latency_s, count))
    return replace(made, **changes)


def run(*endpoints: EndpointTally, seconds: int = 2) -> RawLoad:
    wanted = sum(endpoint.latency.count for endpoint in endpoints)
    timeline = [SecondTally(number, 50, 50, 0, histogram(0.01, 50)) for number in range(seconds)]
    facts = RunFacts("flat", 7, 1e9, float(seconds), interrupted=False, unsent_by_us=0, connections=3, cpu_s=0.5)
    return RawLoad(facts, wanted, 0, histogram(0.001, wanted), list(endpoints), timeline, {}, [])


@pytest.fixture
def wanting(profile):
    def build(**overrides: Any):
        return with_slo(profile(), overrides, why=WHY)

    return build


def found(result, name: str, about: str = "all"):
    return next(item for item in result.objectives if (item.name, item.about) == (name, about))


@pytest.mark.parametrize(("percent", "arrivals"), [(50, 10), (95, 100), (99, 500), (99.9, 5000)])
def test_a_percentile_needs_some_arrivals_beyond_it(percent: float, arrivals: int) -> None:
    assert arrivals_needed(percent) == arrivals


@pytest.mark.parametrize(
    ("count", "latency_s", "verdict"),
    [
        (5000, 0.1, Verdict.PASS),
        (5000, 0.18, Verdict.FAIL),
        (4999, 0.18, Verdict.INCONCLUSIVE),  # over the limit, but so is one unlucky arrival in few
        (4999, 0.1, Verdict.INCONCLUSIVE),  # nor does it prove that the limit is held
    ],
)
def test_p999_is_not_judged_by_too_few_arrivals(wanting, count: int, latency_s: float, verdict: Verdict) -> None:
    result = judge(run(tally("header", latency_s, count)), wanting(p999_ms=150.0))
    assert result.verdict is verdict
    assert found(result, "p999_ms").missed == (verdict is Verdict.FAIL)
    if verdict is Verdict.INCONCLUSIVE:
        assert "p999_ms is not judged: 4,999 arrivals are too few: 5,000 are needed" in result.reason


def test_the_short_form_says_so_and_goes_by_the_rest(wanting) -> None:
    result = judge(run(tally("header", 0.1, 400)), wanting(p999_ms=150.0), Circumstances(short=True))
    assert result.verdict is Verdict.PASS
    assert "too few" in found(result, "p999_ms").doubt


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"endpoint": {"search Observation": {"p95_ms": 100.0}}}, "p95_ms of search Observation is 150"),
        ({"endpoint": {"search Observation": {"error_rate": 0.001}}}, "error_rate of search Observation is 0.002"),
        ({"endpoint": {"read Patient": {"p99_ms": 100.0}}}, ""),
        ({"traffic": {"interactive": {"p99_ms": 100.0}}}, "p99_ms of interactive is 149.9"),
        ({"traffic": {"batch": {"p99_ms": 1.0}}}, ""),  # nobody of this profile: it is about other profiles
        ({"endpoint": {"create Observation": {"p99_ms": 1.0}}}, ""),
    ],
)
def test_endpoints_and_classes_have_objectives_of_their_own(wanting, overrides, said: str) -> None:
    raw = run(tally("header", 0.01, 9000), tally("labs", 0.15, 1000, errors=2))
    result = judge(raw, wanting(**overrides))
    assert said in result.reason
    assert result.verdict is (Verdict.FAIL if said else Verdict.PASS)


def test_the_result_adds_up_kinds_of_request(profile) -> None:
    result = judge(run(tally("header", 0.01, 30), tally("labs", 0.15, 10)), profile())
    assert [(item.name, item.sent) for item in result.interactions] == [
        ("read Patient", 30),
        ("search Observation", 10),
    ]
    assert [(item.name, item.sent) for item in result.traffic] == [("interactive", 40)]
    assert load_from({**asdict(result), "interactions": [], "traffic": []}).traffic == []


RECOVERING = {
    "fault": [{"what": "outage", "at_s": 2.0, "for_s": 2.0, "why": WHY}],
    "recovery": {"within_s": 5.0, "good_s": 2, "why": WHY},
}


@pytest.mark.parametrize(
    ("fault", "seconds", "verdict"),
    [
        (FAULT, 20, Verdict.PASS),
        (replace(FAULT, recovered_s=5.5), 20, Verdict.FAIL),
        (replace(FAULT, recovered_s=None), 20, Verdict.FAIL),
        (replace(FAULT, recovered_s=None), 8, Verdict.INCONCLUSIVE),  # it may yet have come back in time
        (replace(FAULT, proven=False), 20, Verdict.INCONCLUSIVE),
        (replace(FAULT, proven=False, recovered_s=9.0), 20, Verdict.INCONCLUSIVE),
    ],
)
@pytest.mark.parametrize("short", [False, True])
def test_recovery_is_an_objective(profile, fault: LoadFault, seconds: int, verdict: Verdict, short: bool) -> None:
    raw = run(tally("header", 0.01, 1000), seconds=seconds)
    result = judge(raw, profile(**RECOVERING), Circumstances(faults=[fault], short=short))
    assert result.verdict is verdict
    assert found(result, "recovery_s").limit == 5.0


@pytest.mark.parametrize(("back_at", "verdict"), [(5, Verdict.PASS), (7, Verdict.PASS), (9, Verdict.FAIL)])
def test_an_endpoint_recovers_by_itself(profile, back_at: int, verdict: Verdict) -> None:
    """Seconds without a request of it do not count: it is asked every other second."""
    seconds = [
        SecondTally(number, 3, 3, 0, histogram(0.01 if number >= back_at or number < 2 else 2.0, 3))
        for number in range(20)
        if number % 2
    ]
    raw = run(tally("header", 0.01, 1000), tally("labs", 0.01, 30, seconds=seconds), seconds=20)
    wanted = with_slo(profile(**RECOVERING), {"endpoint": {"search Observation": {"recovery_s": 4.0}}}, why=WHY)
    result = judge(from_json(to_json(raw)), wanted, Circumstances(faults=[FAULT]))
    assert result.verdict is verdict
    assert found(result, "recovery_s", "search Observation").held == (verdict is Verdict.PASS)


def test_the_target_decides_how_soon_service_is_back(profile) -> None:
    changed = with_slo(profile(**RECOVERING), {"recovery_s": 3.0}, why=WHY)
    assert changed.recovery.within_s == 3.0
    assert with_slo(profile(), {"recovery_s": 3.0}, why=WHY).recovery is None


@pytest.mark.parametrize(
    ("slo", "said"),
    [
        ({"endpoint": {"search Observations": {}}}, "did you mean 'search Observation'"),
        ({"traffic": {"batch": {}}}, "there are interactive"),
        ({"traffic": {"interactive": {"recovery_s": {"limit": 3.0, "why": WHY}}}}, "nothing to recover from"),
    ],
)
def test_objectives_of_nobody_are_refused(profile, raw_profile, slo, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        profile(slo={**raw_profile()["slo"], **slo})
