import pytest

from gauntlet.check import CHARTS_PER_CHECK, Check
from gauntlet.errors import HarnessError, Inconclusive
from gauntlet.result import Exchange
from gauntlet.running import RunningCheck
from synthetic.population import Population
from tests.gauntlet.samples import catalogue

POPULATION = Population(7, 2000)


def running(ordinal=2):
    check = Check("a.py::test_a", catalogue().get("CON-01"), ("lax",), "title", "", ordinal)
    return RunningCheck(check, POPULATION, 1000.0, 0)


def test_every_check_has_charts_of_its_own():
    first, second = running(2), running(3)
    theirs = {first.next_chart().id for _ in range(CHARTS_PER_CHECK)}
    ours = {second.next_chart().id for _ in range(CHARTS_PER_CHECK)}
    assert len(theirs) == CHARTS_PER_CHECK
    assert not theirs & ours
    assert first.patients() == theirs


def test_there_is_an_end_to_charts():
    check = running()
    for _ in range(CHARTS_PER_CHECK):
        check.next_chart()
    with pytest.raises(HarnessError, match=r"a\.py::test_a asks for more than 8 charts"):
        check.next_chart()


def entry(*patients):
    return {"patients": list(patients)}


def test_whose_doing_a_request_at_the_ehr_is():
    check = running()
    mine, other = check.next_chart().id, POPULATION.chart(300).id
    assert check.concerns(entry(mine))
    assert check.concerns(entry(other, mine))
    assert check.concerns(entry())
    assert check.concerns(entry("nobody-who-exists"))
    assert not check.concerns(entry(other))


def test_nothing_touched_is_nothing_judged():
    check = running()
    assert not check.judged_something()
    check.ledger.add(Exchange("consumer", 0.0, 1.0, "GET", "http://g", 200))
    assert check.judged_something()
    measured = running()
    measured.measured["x"] = 0.0
    assert measured.judged_something()


class Journal:
    faults = ()

    def calls(self, **asked):
        assert asked == {"since": 0, "kind": None}
        values = {
            "started": 1000.5,
            "duration_ms": 1.0,
            "method": "GET",
            "path": "/x",
            "query": "",
            "status": 200,
            "request_headers": {},
            "request_body": "",
            "response_headers": {},
            "response_body": "",
            "outcome": "answered",
            "faults": [],
        }
        return [{**values, "patients": [patient]} for patient in (POPULATION.chart(16).id, POPULATION.chart(300).id)]


def test_evidence_is_of_this_check_only():
    check = running()
    check.next_chart()
    check.ledger.add(Exchange("consumer", 400.0, 300.0, "GET", "http://g", 200))
    assert [item.side for item in check.evidence(Journal())] == ["consumer", "ehr"]
    assert check.fault_windows(Journal()) == []


def test_a_chart_of_a_kind_belongs_to_the_check_and_to_no_other_ones_block():
    check = running()
    chart = check.chart_where(lambda chart: chart.index % 7 == 3)
    assert POPULATION.size - 500 <= chart.index < POPULATION.size - 200
    assert chart.id in check.patients()
    with pytest.raises(Inconclusive, match="none of 300 charts"):
        check.chart_where(lambda _chart: False)


def test_too_small_a_population_is_told():
    check = running(ordinal=(POPULATION.size - 500) // 8)
    check.next_chart()
    with pytest.raises(HarnessError, match=r"raise \[\[ehr\]\] patients"):
        tuple(check.next_chart() for _ in range(8))
