import datetime as dt
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gauntlet.assembly import Circumstances, Record, assemble
from gauntlet.load_result import LoadResult, Percentiles
from gauntlet.result import from_json, to_json
from gauntlet.verdict import Outcome, Verdict
from tests.gauntlet.samples import ROWS, STARTED, TODAY, catalogue, check_id, described, result, target, waiver

DAY = dt.timedelta(days=1)
KILLED = "the process that runs the checks was ended by SIGKILL"


def facts(**changes):
    values = {"run_id": "r1", "started": STARTED, "duration_s": 12.345, "suite_version": "1", "seed": 7, "command": "c"}
    return Circumstances(**{**values, **changes})


def record_of(results=(), deselected=(), absent=(), **changes):
    collected = [described(item.requirement, int(item.check[-2])) for item in results]
    return Record(
        collected=[*collected, *(described(row) for row in absent)],
        deselected=[described(row) for row in deselected],
        results=list(results),
        ended=True,
        **changes,
    )


def run_of(results=(), deselected=(), absent=(), waivers=(), claims=("write", "load"), **changes):
    record = record_of(results, deselected, absent)
    return assemble(record, target(claims, tuple(waivers)), catalogue(), facts(**changes))


def all_passed(**verdicts):
    return [result(row, verdicts.get(row.replace("-", ""), Verdict.PASS)) for row in ROWS]


def test_everything_passed():
    run = run_of(all_passed())
    assert (run.outcome, run.exit_code, run.reason) == (Outcome.CONFORMANT, 0, "6 checks passed")
    assert (run.started, run.duration_s, run.deselected) == ("2026-11-21T08:30:00Z", 12.3, 0)
    assert {profile.outcome for profile in run.profiles} == {Outcome.CONFORMANT}
    assert [row.checks for row in run.requirements] == [1] * 6
    assert from_json(to_json(run)) == run


@pytest.mark.parametrize(
    ("verdict", "found", "code", "reason"),
    [
        (Verdict.FAIL, Outcome.NON_CONFORMANT, 1, "1 of 6 checks failed: CON-03"),
        (Verdict.WAIVED, Outcome.CONFORMANT, 0, "5 checks passed"),
        (Verdict.NOT_CLAIMED, Outcome.CONFORMANT, 0, "5 checks passed, 1 are not claimed"),
        (
            Verdict.INCONCLUSIVE,
            Outcome.INCONCLUSIVE,
            3,
            "1 of 6 checks could not be judged; the first: reason of CON-03",
        ),
        (Verdict.ERROR, Outcome.ERROR, 4, "1 checks ended in an error of the harness itself"),
    ],
)
def test_one_result_is_not_a_pass(verdict, found, code, reason):
    run = run_of(all_passed(CON03=verdict))
    assert (run.outcome, run.exit_code, run.reason) == (found, code, reason)


def test_nothing_run_is_never_conformant():
    for run in (run_of(), run_of(crash=KILLED), run_of(deselected=ROWS), run_of(absent=ROWS)):
        assert (run.outcome, run.exit_code) == (Outcome.INCONCLUSIVE, 3)
        assert {profile.outcome for profile in run.profiles} == {Outcome.INCONCLUSIVE}


def test_all_waived_is_not_conformant():
    failed = [result(row, Verdict.FAIL) for row in ROWS]
    run = run_of(failed, waivers=[waiver(item.check) for item in failed])
    assert {item.verdict for item in run.checks} == {Verdict.WAIVED}
    assert (run.exit_code, run.reason) == (3, "no check of a MUST passed: nothing is proven")


def test_what_left_no_result_is_inconclusive_and_says_why():
    run = run_of(all_passed()[:4], absent=["IDE-02", "LOD-01"], crash=KILLED)
    lost = run.checks[4:]
    assert [item.verdict for item in lost] == [Verdict.INCONCLUSIVE] * 2
    assert lost[0].reason == f"left no result: {KILLED}"
    assert (lost[0].level, lost[0].feature, lost[0].tripped_by) == ("SHOULD", "write", ["some-defect"])
    assert (run.exit_code, run.reason) == (3, KILLED)
    assert {profile.outcome for profile in run.profiles} == {Outcome.INCONCLUSIVE}


def test_a_run_that_ended_early_without_a_crash():
    run = run_of(all_passed()[:5], absent=["LOD-01"])
    assert run.checks[5].reason == "left no result: the run ended early"
    assert run.exit_code == 3


def test_a_crash_after_the_last_check_is_inconclusive_too():
    run = run_of(all_passed(), crash=KILLED)
    assert (run.outcome, run.reason) == (Outcome.INCONCLUSIVE, KILLED)
    assert {profile.outcome for profile in run.profiles} == {Outcome.INCONCLUSIVE}


def test_a_failure_stands_although_the_run_was_killed():
    run = run_of([result("CON-01", Verdict.FAIL)], absent=["CON-03"], crash=KILLED)
    assert (run.exit_code, run.reason) == (1, "1 of 2 checks failed: CON-01")


def test_a_selection_is_partial():
    run = run_of([result("CON-01")], deselected=["CON-02", "CON-03", "IDE-01", "IDE-02", "LOD-01"])
    assert (run.outcome, run.exit_code, run.deselected) == (Outcome.PARTIAL, 3, 5)
    assert run.reason == "5 checks were left out; of the others 1 checks passed"


def test_rows_that_only_another_ehr_lets_judge_make_a_run_partial():
    """A claimed row without any judged check was left out, whatever the reason says; one that was judged was not."""
    elsewhere = {"verdict": Verdict.NOT_CLAIMED, "reason": "the target's EHR is allscripts: this check ..."}
    results = [result("CON-01"), result("CON-01", number=2, **elsewhere), result("CON-03", **elsewhere)]
    run = run_of([*results, result("IDE-01")], claims=("write",))
    assert (run.outcome, run.exit_code, run.deselected) == (Outcome.PARTIAL, 3, 1)
    assert {profile.name: profile.outcome.value for profile in run.profiles}["read-only"] == "partial"


@pytest.mark.parametrize(("behind", "outcome"), [("allscripts", Outcome.CONFORMANT), ("epic", Outcome.PARTIAL)])
def test_a_row_that_does_not_apply_behind_this_ehr_is_not_left_out(behind, outcome):
    table = catalogue()
    rows = {**table.requirements, "CON-03": replace(table.requirements["CON-03"], behind=(behind,))}
    elsewhere = {"verdict": Verdict.NOT_CLAIMED, "reason": "the target's EHR is epic: this check ..."}
    results = [item if item.requirement != "CON-03" else replace(item, **elsewhere) for item in all_passed()]
    run = assemble(record_of(results), target(), replace(table, requirements=rows), facts())
    assert run.outcome is outcome


def test_a_selection_that_is_the_whole_job():
    """`gauntlet load`: its verdict is its own, but no profile is borne out and nothing counts as untested."""
    left_out = ["CON-01", "CON-02", "CON-03", "IDE-01", "IDE-02"]
    run = run_of([result("LOD-01")], deselected=left_out, whole=True, waivers=[waiver(check_id("CON-01"))])
    assert (run.outcome, run.exit_code, run.deselected, run.unasked) == (Outcome.CONFORMANT, 0, 0, 5)
    assert {profile.name: profile.outcome.value for profile in run.profiles} == {
        "read-only": "inconclusive",
        "read-write": "inconclusive",
        "sustained": "partial",
    }
    assert [row.checks for row in run.requirements] == [1] * 6


@pytest.mark.parametrize(
    ("results", "given_waiver", "reason"),
    [
        pytest.param(
            all_passed(), waiver(check_id("CON-01")), "is not needed: its verdict is pass; remove it", id="unused"
        ),
        pytest.param(all_passed(), waiver("family/test_it.py::gone"), "names the unknown check", id="unknown"),
        pytest.param(all_passed(CON01=Verdict.FAIL), waiver(check_id("CON-01"), TODAY - DAY), "CON-01", id="expired"),
        pytest.param(
            all_passed(CON02=Verdict.WARN), waiver(check_id("CON-02"), TODAY - DAY), "expired on 2026-11-20", id="old"
        ),
        pytest.param(
            all_passed(CON02=Verdict.INCONCLUSIVE), waiver(check_id("CON-01")), "is not needed", id="unused, unclear"
        ),
    ],
)
def test_a_wrong_waiver_fails_the_run(results, given_waiver, reason):
    run = run_of(results, waivers=[given_waiver])
    assert (run.outcome, run.exit_code) == (Outcome.NON_CONFORMANT, 1)
    assert reason in run.reason
    assert any("waiver" in note for note in run.notes)


def test_our_error_is_told_before_a_wrong_waiver():
    run = run_of(all_passed(CON02=Verdict.ERROR), waivers=[waiver(check_id("CON-01"))])
    assert (run.exit_code, run.reason) == (4, "1 checks ended in an error of the harness itself")


def test_a_needed_waiver_accepts_the_failure():
    run = run_of(all_passed(CON01=Verdict.FAIL), waivers=[waiver(check_id("CON-01"))])
    assert (run.outcome, run.exit_code) == (Outcome.CONFORMANT, 0)
    assert run.checks[0].waiver.startswith("waived by jane@example.org")
    assert {profile.outcome for profile in run.profiles} == {Outcome.PARTIAL}


def test_a_run_that_was_killed_before_it_collected_does_not_fail_by_its_waivers():
    run = run_of(crash=KILLED, waivers=[waiver(check_id("CON-01"))])
    assert (run.outcome, run.exit_code, run.reason) == (Outcome.INCONCLUSIVE, 3, KILLED)


def test_a_claimed_must_without_any_check_means_a_broken_installation():
    run = run_of(all_passed()[:5])
    assert (run.outcome, run.exit_code) == (Outcome.INCONCLUSIVE, 3)
    assert run.reason == "the suite has no check for LOD-01: install gauntlet-ehr again"
    assert run.reason in run.notes
    assert {profile.name: profile.outcome.value for profile in run.profiles} == {
        "read-only": "conformant",
        "read-write": "conformant",
        "sustained": "inconclusive",
    }


def test_a_must_that_is_not_claimed_or_has_a_reason_needs_no_check():
    assert run_of(all_passed()[:5], claims=("write",)).outcome is Outcome.CONFORMANT
    record = record_of(all_passed()[:5])
    run = assemble(record, target(), catalogue(LOD01="no machine, 2026-11-21"), facts())
    assert run.outcome is Outcome.CONFORMANT
    assert run.requirements[-1].not_tested == "no machine, 2026-11-21"


def test_the_address_of_the_lab_replaces_the_template():
    record = record_of(all_passed(), base_url="http://127.0.0.1:41/fhir")
    assert assemble(record, target(), catalogue(), facts()).target.base_url == "http://127.0.0.1:41/fhir"
    assert run_of(all_passed()).target.base_url == "http://127.0.0.1:{gateway.port}/fhir"


def test_events():
    record = Record()
    load = LoadResult("p", "why", 1, 1.0, 1, 1, 0, Percentiles(1, 1, 1, 1, 1, 1), [], [], [], Verdict.PASS)
    for event in (
        {"event": "collected", "checks": [described("CON-01")], "deselected": [described("CON-02")]},
        {"event": "progress", "text": "starting"},
        {"event": "lab", "notes": ["built-in proxy"], "base_url": "http://g"},
        {"event": "started", "check": check_id("CON-01")},
        {"event": "finished", "result": asdict(result("CON-01"))},
        {"event": "load", "result": asdict(load)},
        {"event": "ended", "exitstatus": 0},
    ):
        record.take(event)
    assert record.collected == [described("CON-01")]
    assert record.deselected == [described("CON-02")]
    assert record.results == [result("CON-01")]
    assert (record.load, record.notes, record.base_url) == ([load], ["built-in proxy"], "http://g")
    assert (record.ended, record.taken, record.lab_failure, record.broken_suite) == (True, 7, None, None)


def test_events_of_a_lab_or_suite_that_does_not_work():
    record = Record()
    record.take({"event": "lab-failed", "message": "port taken", "hint": "end it"})
    record.take({"event": "broken-suite", "message": "unknown id", "hint": ""})
    assert (record.lab_failure, record.broken_suite) == (("port taken", "end it"), ("unknown id", ""))


@pytest.mark.parametrize("before", Verdict)
@pytest.mark.parametrize("after", [Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.ERROR])
def test_an_error_after_a_check_takes_its_pass_away_but_never_its_failure(before, after):
    record = Record()
    record.take({"event": "finished", "result": asdict(result("CON-01", before))})
    record.take({"event": "finished", "result": asdict(result("CON-03"))})
    spoiled = {"event": "spoiled", "check": check_id("CON-01"), "verdict": after.value, "reason": "why", "detail": "d"}
    record.take(spoiled)
    assert record.results[0].verdict is (Verdict.FAIL if before is Verdict.FAIL else after)
    assert record.results[1] == result("CON-03")


verdicts = st.lists(st.tuples(st.sampled_from(list(ROWS)), st.sampled_from(Verdict)), max_size=8)
waived = st.lists(st.tuples(st.sampled_from(list(ROWS)), st.integers(-1, 1)), max_size=2)


@given(verdicts, waived, st.sets(st.sampled_from(list(ROWS))), st.sampled_from(["", KILLED]), st.booleans())
def test_exit_codes_of_any_run(found, given_waivers, absent, crash, whole):
    """What a run may and may not be, whatever happened in it."""
    # A MUST never warns: what fails there is a failure.
    graded = [
        (row, Verdict.FAIL if verdict is Verdict.WARN and ROWS[row][0] == "MUST" else verdict) for row, verdict in found
    ]
    results = [result(row, verdict, number % 10) for number, (row, verdict) in enumerate(graded)]
    waivers = [waiver(check_id(row, 0), TODAY + days * DAY) for row, days in given_waivers]
    run = run_of(
        results,
        absent=[row for row in absent if check_id(row) not in {r.check for r in results}],
        waivers=waivers,
        crash=crash,
        whole=whole,
    )
    left = {item.verdict for item in run.checks}
    assert len(run.checks) >= len(results)
    if Verdict.FAIL in left:
        assert run.exit_code == 1
    elif run.exit_code == 1:
        assert any(note.startswith("the waiver") for note in run.notes)
    if run.exit_code == 0:
        assert not crash
        assert not left & {Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE}
        assert any(item.verdict is Verdict.PASS and item.level == "MUST" for item in run.checks)
        assert not any(note.startswith("the waiver") for note in run.notes)
    for profile in run.profiles:
        if profile.outcome is Outcome.CONFORMANT:
            ours = [item for item in run.checks if item.feature in profile.features and item.level == "MUST"]
            assert {item.verdict for item in ours} <= {Verdict.PASS, Verdict.NOT_CLAIMED}
            assert not crash
    assert run.reason
