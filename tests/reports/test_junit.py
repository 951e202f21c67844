"""The JUnit document: structure, counts, and what turns a pipeline red."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gauntlet.verdict import Outcome, Verdict
from reports import junit
from tests.reports import sample_run
from tests.reports.xsd import problems

XSD = Path(__file__).with_name("junit.xsd")
RUNS = ["all_pass", "mixture", "nothing_claimed", "killed", "nothing_ran", "load_failing", "hostile"]


def parsed(run):
    return ET.fromstring(junit.render(run))


def case_of(root, name):
    return next(case for case in root.iter("testcase") if case.get("name") == name)


@pytest.mark.parametrize("name", RUNS)
def test_is_valid_by_the_schema(name):
    assert problems(ET.parse(XSD).getroot(), parsed(getattr(sample_run, name)())) == []


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is not installed: apt-get install libxml2-utils")
@pytest.mark.parametrize("name", RUNS)
def test_is_valid_for_a_second_validator(name, tmp_path):
    (tmp_path / "junit.xml").write_bytes(junit.render(getattr(sample_run, name)()))
    done = subprocess.run(
        ["xmllint", "--noout", "--schema", str(XSD), str(tmp_path / "junit.xml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[:2000]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda root: root[0].set("tests", "many"), "is no xs:nonNegativeInteger"),
        (lambda root: root[0].attrib.pop("errors"), "lacks errors"),
        (lambda root: root[0].set("flavour", "x"), "has attribute flavour"),
        (lambda root: root[0][1].append(ET.Element("properties")), "allowed is"),
        (lambda root: setattr(root[0], "text", "stray"), "has text"),
    ],
)
def test_the_validator_notices(spoil, message):
    root = parsed(sample_run.mixture())
    spoil(root)
    assert any(message in problem for problem in problems(ET.parse(XSD).getroot(), root))


@pytest.mark.parametrize("name", RUNS)
def test_counts_agree_with_the_cases(name):
    root = parsed(getattr(sample_run, name)())
    for suite in [root, *root.iter("testsuite")]:
        assert int(suite.get("tests")) == len(list(suite.iter("testcase")))
        assert int(suite.get("failures")) == len(list(suite.iter("failure")))
        assert int(suite.get("errors")) == len(list(suite.iter("error")))
        if suite is not root:
            assert int(suite.get("skipped")) == len(list(suite.iter("skipped")))


@pytest.mark.parametrize(
    ("verdict", "tag"),
    [
        (Verdict.FAIL, "failure"),
        (Verdict.ERROR, "error"),
        (Verdict.INCONCLUSIVE, "error"),
        (Verdict.NOT_CLAIMED, "skipped"),
        (Verdict.WAIVED, "skipped"),
        (Verdict.WARN, "system-out"),
        (Verdict.PASS, "system-out"),
    ],
)
def test_verdict_becomes(verdict, tag):
    checks = [
        sample_run.check("AUT-02", 1, verdict, reason="because", check="a::b"),
        sample_run.check("AUT-01"),
    ]
    case = case_of(parsed(sample_run.run(checks)), "a::b")
    assert case[0].tag == tag
    assert case.get("classname") == "AUT"
    if tag != "system-out":
        assert case[0].get("type") == verdict.value
        assert case[0].get("message").startswith("AUT-02 MUST: ")


def test_a_warning_passes_with_its_text():
    checks = [
        sample_run.check("CON-16", 1, Verdict.WARN, reason="no ETag", check="a::b"),
        sample_run.check("AUT-01"),
    ]
    case = case_of(parsed(sample_run.run(checks)), "a::b")
    assert "warning: no ETag" in case.findtext("system-out")


def test_a_failure_carries_what_is_needed_to_repeat_it():
    text = case_of(parsed(sample_run.mixture()), sample_run.expired_token().check).findtext("failure")
    for part in ("expected: status 401", "actual: status 200", "curl -sS", "behaves like: accepts-expired"):
        assert part in text


def test_suites_name_seed_and_requirements():
    root = parsed(sample_run.mixture())
    suite = next(item for item in root if item.get("name") == "AUT")
    named = {item.get("name"): item.get("value") for item in suite.iter("property")}
    assert named["seed"] == "7"
    assert named["requirement.AUT-02"].startswith("MUST expired or wrong tokens")
    assert "requirement.CON-01" not in named


@pytest.mark.parametrize(
    ("run", "tag"),
    [
        (sample_run.nothing_ran(), "error"),
        (sample_run.run(sample_run.default_checks(), deselected=3), "error"),
        (sample_run.run(sample_run.default_checks(), outcome=Outcome.ERROR), "error"),
        (
            sample_run.run(sample_run.default_checks(), outcome=Outcome.NON_CONFORMANT, reason="expired waiver"),
            "failure",
        ),
    ],
    ids=["nothing ran", "partial", "harness error", "expired waiver"],
)
def test_red_even_when_no_check_is(run, tag):
    case = case_of(parsed(run), "outcome of the run")
    assert case.find(tag).get("message")


def test_a_conformant_run_is_green_and_a_failed_one_is_not_counted_twice():
    assert parsed(sample_run.all_pass()).find(".//testcase[@name='outcome of the run']") is None
    assert parsed(sample_run.mixture()).find(".//testcase[@name='outcome of the run']") is None


def test_a_failed_load_profile_is_red():
    case = case_of(parsed(sample_run.load_failing()), "load profile morning-spike")
    assert "p99_ms: limit 1500, measured 4120" in case.findtext("failure")


def test_hostile_text_is_visible_and_no_secret_survives():
    text = junit.render(sample_run.hostile()).decode()
    assert "\\x00" in text
    assert "\\ud800" in text
    assert "\\ufffe" in text
    assert "eyJ" not in text
    assert "</script>" not in text
    assert len(text) < 2_000_000


def test_timestamp_has_no_zone():
    run = replace(sample_run.all_pass(), started="2026-06-15T07:30:00.123456Z")
    assert parsed(run)[0].get("timestamp") == "2026-06-15T07:30:00"
