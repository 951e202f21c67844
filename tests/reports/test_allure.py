"""Allure results say what the run found: verdict, steps on both sides, what was expected, how to repeat it."""

from dataclasses import replace

import orjson
import pytest

from gauntlet.result import Exchange
from gauntlet.verdict import Verdict
from reports import allure
from reports.text import redacted
from tests.reports import sample_checks, sample_run

RAW = {
    "uuid": "u1",
    "name": "test_c[x]",
    "fullName": "a.test_b#test_c",
    "status": "failed",
    "statusDetails": {"message": "gauntlet.errors.CheckFailed: eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."},
    "start": 1_000_000,
    "stop": 1_000_500,
    "historyId": "h",
    "labels": [{"name": "suite", "value": "test_b"}],
}


def told(check, **raw):
    return allure.enriched({**RAW, **raw}, check)


def labels(result):
    return {item["name"]: item["value"] for item in result["labels"]}


def test_a_result_is_matched_by_its_label_or_by_the_name_of_its_test():
    assert allure.check_of(RAW) == "a/test_b.py::test_c[x]"
    assert allure.check_of({**RAW, "labels": [{"name": "check", "value": "own/test_d.py::test_e"}]}).startswith("own/")


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (Verdict.PASS, "passed"),
        (Verdict.FAIL, "failed"),
        (Verdict.WARN, "failed"),
        (Verdict.NOT_CLAIMED, "skipped"),
        (Verdict.WAIVED, "skipped"),
        (Verdict.INCONCLUSIVE, "broken"),
        (Verdict.ERROR, "broken"),
    ],
)
def test_verdict_becomes(verdict, status):
    result, _ = told(sample_run.check("AUT-02", 1, verdict, reason="why", waiver="J. until then"))
    assert (result["status"], labels(result)["verdict"]) == (status, verdict.value)
    assert ("statusDetails" in result) is (verdict is not Verdict.PASS)


def test_a_waiver_and_a_doubt_are_told():
    waived, _ = told(sample_run.check("AUT-02", 1, Verdict.WAIVED, reason="why", waiver="J. until then"))
    assert waived["statusDetails"]["message"] == "Waived: J. until then; why"
    unclear, _ = told(sample_run.check("AUT-02", 1, Verdict.INCONCLUSIVE, reason="why"))
    assert unclear["statusDetails"]["message"] == "Inconclusive: why"


def test_labels_title_and_history():
    check = replace(sample_checks.impatient_retry(), check="a/test_b.py::test_c[x]")
    result, _ = told(check)
    assert labels(result) == {
        "suite": "test_b",
        "epic": "Resilience",
        "feature": "RES-01",
        "severity": "critical",
        "requirement": "RES-01",
        "verdict": "fail",
    }
    assert result["name"] == f"RES-01 {check.title} [x]"
    assert (result["historyId"], result["description"]) == ("h", check.description)
    held, _ = told(check, labels=[{"name": "severity", "value": "minor"}])
    assert [item["value"] for item in held["labels"] if item["name"] == "severity"] == ["minor"]


def test_steps_show_faults_and_what_the_ehr_saw_below_what_caused_it():
    check = sample_checks.impatient_retry()
    result, _ = told(check)
    fault, request = result["steps"]
    assert fault["name"] == "fault storm-429 at the ehr, took effect 3 times"
    assert request["name"].startswith("consumer to gateway: GET ")
    assert [step["name"].rpartition(": ")[2] for step in request["steps"]] == ["429", "429", "429", "200"]
    assert request["start"] == RAW["start"] + round(check.exchanges[0].started_ms)
    late = Exchange("ehr", 99_000.0, 1.0, "GET", "http://e/x", None, note="reset")
    apart, _ = told(replace(check, exchanges=[*check.exchanges, late], faults=[]))
    assert apart["steps"][-1]["name"] == "gateway to EHR: GET http://e/x: reset"
    assert apart["steps"][-1]["status"] == "broken"


def test_what_did_not_pass_has_its_evidence_attached():
    check = sample_checks.impatient_retry()
    result, files = told(check)
    names = [item["name"] for item in result["attachments"]]
    assert names == [
        "expected",
        "actual",
        "curl of the consumer's request",
        "upstream script: storm-429",
        "exchanges on both sides",
    ]
    assert {item["source"] for item in result["attachments"]} == files.keys()
    assert files["u1-0-attachment.txt"].decode() == check.expected
    assert orjson.loads(files["u1-4-attachment.json"])[0]["url"] == check.exchanges[0].url
    passed, none = told(replace(check, verdict=Verdict.PASS))
    assert (passed["attachments"], none) == ([], {})
    assert passed["steps"]


def test_what_pytest_printed_does_not_stay():
    failed = next(item for item in redacted(sample_run.mixture()).checks if item.verdict is Verdict.FAIL)
    result, files = told(failed)
    assert "eyJ" not in str(result) + str(files)


def test_hostile_checks_can_be_told():
    for check in redacted(sample_run.hostile()).checks:
        result, _ = told(check, start="nan")
        assert orjson.loads(orjson.dumps(result))["name"]
