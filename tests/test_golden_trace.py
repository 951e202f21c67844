"""No check loses anything unseen: the suite, and a run of some checks of every kind, against the golden trace."""

import re

import pytest

from gauntlet import places
from gauntlet.check_source import judging_calls
from gauntlet.commands.gate import quick_selection
from gauntlet.commands.trace import ACCEPT, golden_file, read_golden, source_of, told, trace_of_suite
from gauntlet.golden import compare, suite_trace, with_steps
from gauntlet.run import Request, carry_out
from gauntlet.verdict import Verdict
from tests.gauntlet.own_suite import Harness, check

SUITES = places.bundled("suites")
TOKENS = "security/test_bearer_tokens.py"
# One check for each kind of step: controls and mutations, faults of EHR and network, audit, metrics, log, written data.
SOME = (
    f"{TOKENS}::test_no_usable_token[none]",
    "contract/test_searching.py::test_paging",
    "chaos/test_outages.py::test_unreachable_ehr[refused]",
    "negative/test_upstream_answers.py::test_wrong_patient_from_upstream",
    "audit/test_trail.py::test_refusals_are_recorded",
    "observability/test_counters.py::test_denials_are_counted",
    "privacy/test_leaks.py::test_logs_hold_no_patient_data",
    "writes/test_idempotency.py::test_repeated_create",
)


@pytest.fixture(scope="module")
def golden():
    return read_golden(golden_file())


@pytest.fixture(scope="module")
def suite():
    return trace_of_suite()


def test_nothing_of_the_suite_is_gone(golden, suite):
    found = compare(golden, suite)
    assert found.same, "\n".join(told(found, golden_file()))


def test_steps_are_known_for_the_quick_selection(golden):
    traced = [name for name, item in golden.items() if item.steps]
    missing = [start for start in quick_selection() if not any(name.startswith(start) for name in traced)]
    assert len(missing) <= len(quick_selection()) // 10, f"bring the trace up to date; {ACCEPT}: {missing}"


def test_checks_do_what_they_did(golden, suite, tmp_path):
    request = Request(target=places.bundled("targets") / "reference.toml", out=tmp_path, only=SOME, whole=True)
    run, _ = carry_out(request, lambda *_: None)
    found = compare(golden, suite, run.checks)
    assert found.same, "\n".join(told(found, golden_file()))
    assert found.compared + len(found.not_compared) >= len(SOME)
    kinds = {
        step.partition(" ")[0]
        for name in SOME
        for start in [name]
        for key, item in golden.items()
        if key.startswith(start)
        for step in item.steps
    }
    assert kinds >= {"control", "mutation", "fault", "network", "asks", "sends", "expects"}


@pytest.mark.parametrize(
    ("was", "becomes", "lost"),
    [
        (r"\brefused\(", "ignored(", "refused"),
        (r"\bexpect\.status\(", "str(", "expect.status"),
        (r"\behr\.require_applied\(", "str(", "require_applied"),
    ],
)
def test_a_judgement_that_is_taken_out_of_a_real_check_is_missed(golden, suite, was, becomes, lost):
    changed = dict(suite)
    for file in {name.partition("::")[0] for name in golden}:
        source = (SUITES / file).read_text(encoding="utf-8")
        calls = {
            f"{file}::{name}": found for name, found in judging_calls(re.sub(was, becomes, source), source_of).items()
        }
        checks = [
            {"check": name, "requirement": item.requirement, "tripped_by": item.tripped_by}
            for name, item in suite.items()
            if name.startswith(f"{file}::")
        ]
        changed |= suite_trace(checks, calls)
    gone = compare(golden, changed).gone
    assert len(gone) > 10
    assert all(lost in line for line in gone)


def test_a_parameter_and_a_defect_that_are_taken_out_are_missed(golden, suite):
    name = f"{TOKENS}::test_no_usable_token[none]"
    fewer = {key: item for key, item in suite.items() if key != name}
    assert compare(golden, fewer).gone == [f"{name}: is not collected any more"]


PAIRS = """
from gauntlet.answer import Answer
from gauntlet.negative import NegativePair

refused = NegativePair(gauntlet_session.lab.ehr, lambda _: True)
for status in {statuses}:
    refused(
        lambda: Answer("GET http://g/", 200, {{}}, b"", 0.1),
        lambda: Answer("GET http://g/", status, {{}}, b"", 0.1),
        status=(status,),
        control_reaches_ehr=False,
    )
measured["x"] = 1.0
"""


def test_a_run_without_one_of_its_mutations_is_noticed(tmp_path, monkeypatch):
    harness = Harness(tmp_path, monkeypatch)

    def ran(statuses):
        body = PAIRS.format(statuses=statuses)
        harness.run_dir = tmp_path / f"run-{len(statuses)}"
        harness.run_dir.mkdir()
        return harness.result(check("CON-01", "pairs", body, "measured, gauntlet_session")).checks

    before = ran((401, 403))
    assert [item.verdict for item in before] == [Verdict.PASS]
    suite = suite_trace([{"check": before[0].check, "requirement": "CON-01", "tripped_by": ["some-defect"]}], {})
    golden = with_steps(suite, {}, before)
    assert compare(golden, suite, before).same
    found = compare(golden, suite, ran((401,)))
    assert [line.partition(": ")[2] for line in found.gone] == [
        "control: 1 times, and was 2",
        "did not do it any more: mutation refused with 403",
    ]
