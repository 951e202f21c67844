import threading
from pathlib import Path

import pytest

from gauntlet import teeth
from gauntlet.assembly import Circumstances, Record, assemble
from gauntlet.errors import SetupError, UsageError
from gauntlet.run import Request
from gauntlet.teeth import NOBODY_ELSE, Bite, Matrix, Others, part_of, plan_of, run_teeth
from gauntlet.verdict import Outcome, Verdict
from tests.gauntlet.samples import ROWS, STARTED, catalogue, check_id, described, result, target

CHECKS = [
    {"check": "a/test_x.py::test_1", "requirement": "AUT-01", "tripped_by": ["lax", "blind"]},
    {"check": "b/test_y.py::test_2", "requirement": "CON-06", "tripped_by": ["lax"]},
]


@pytest.mark.parametrize(
    ("prefixes", "plan"),
    [
        ([], {"blind": [CHECKS[0]["check"]], "lax": [CHECKS[0]["check"], CHECKS[1]["check"]]}),
        (["CON"], {"lax": [CHECKS[1]["check"]]}),
        (["a/"], {"blind": [CHECKS[0]["check"]], "lax": [CHECKS[0]["check"]]}),
        (["blind"], {"blind": [CHECKS[0]["check"]]}),
        (["zzz"], {}),
    ],
)
def test_plans(prefixes, plan):
    assert plan_of(CHECKS, prefixes) == plan


def bite(verdict, expected=True):
    return Bite("lax", "c", verdict, "", expected)


@pytest.mark.parametrize("verdict", Verdict)
def test_only_a_failure_or_a_warning_is_a_bite(verdict):
    assert bite(verdict).holds == (verdict in (Verdict.FAIL, Verdict.WARN))
    assert bite(verdict, expected=False).holds


@pytest.mark.parametrize("honest", Outcome)
def test_a_matrix_holds_only_with_an_honest_gateway_that_passes(honest):
    assert Matrix((bite(Verdict.FAIL),), honest, ()).holds == (honest is Outcome.CONFORMANT)
    assert not Matrix((bite(Verdict.FAIL), bite(Verdict.PASS)), honest, ()).holds
    assert not Matrix((), honest, ()).holds


@pytest.fixture
def matrix(monkeypatch, tmp_path):
    """Run teeth against made-up gateways: `verdicts` maps a defect ("" is honest) to the verdict of CON-01.

    Several verdicts are those of runs one after the other.
    """

    def run(verdicts, others=NOBODY_ELSE):
        def carry_out(request, _listener):
            verdict = verdicts[request.defect]
            if isinstance(verdict, list):
                verdict = verdict.pop(0)
            if verdict is None:
                raise SetupError("does not start")
            results = [result(row, verdict if row == "CON-01" else Verdict.PASS) for row in ROWS]
            record = Record(collected=[described(row) for row in ROWS], results=results, ended=True)
            return assemble(record, target(), catalogue(), Circumstances("r", STARTED, 1.0, "1", 7, "c")), tmp_path

        monkeypatch.setattr(teeth, "carry_out", carry_out)
        plan = {defect: [check_id("CON-01")] for defect in verdicts if defect}
        told = []
        found = run_teeth(
            plan, Request(Path("t"), tmp_path), others=others, jobs=2, report=lambda defect, _: told.append(defect)
        )
        assert sorted(told) == sorted(plan)
        return found

    return run


def test_every_defect_is_caught(matrix):
    found = matrix({"": Verdict.PASS, "lax": Verdict.FAIL, "blind": Verdict.WARN})
    assert found.holds
    assert (found.honest, found.honest_failures, found.toothless) == (Outcome.CONFORMANT, (), ())
    assert (found.others, found.defects) == ("none", {"blind", "lax"})


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.NOT_CLAIMED, None])
def test_a_defect_that_is_not_caught(matrix, verdict):
    found = matrix({"": Verdict.PASS, "lax": verdict})
    assert not found.holds
    assert [item.check for item in found.toothless] == [check_id("CON-01")]


@pytest.mark.parametrize("alone", [Verdict.FAIL, Verdict.PASS, Verdict.INCONCLUSIVE])
@pytest.mark.parametrize("others", [NOBODY_ELSE, Others("all")])
def test_what_is_unclear_beside_other_labs_is_asked_again_alone(matrix, alone, others):
    found = matrix({"": Verdict.PASS, "lax": [Verdict.INCONCLUSIVE, alone], "blind": Verdict.FAIL}, others)
    assert found.holds == (alone is Verdict.FAIL)
    (told,) = [item for item in found.bites if item.defect == "lax" and item.expected]
    assert told.verdict is alone
    assert len([item for item in found.bites if item.defect == "lax"]) == len(ROWS)


def test_a_check_that_fails_on_the_honest_gateway_proves_nothing(matrix):
    found = matrix({"": Verdict.FAIL, "lax": Verdict.FAIL})
    assert not found.holds
    assert found.honest_failures == (f"{check_id('CON-01')}: fail: reason of CON-01",)


def test_what_has_not_begun_does_not_begin_when_somebody_stops_it(monkeypatch, tmp_path):
    begun, stopped = [], threading.Event()

    def carry_out(request, _listener):
        begun.append(request.defect)
        if len(begun) > 2:  # the honest run and one defect are done
            stopped.wait(10)
        run = assemble(Record(ended=True), target(), catalogue(), Circumstances("r", STARTED, 1.0, "1", 7, "c"))
        return run, tmp_path

    def stop(_defect, _bites):
        stopped.set()
        raise KeyboardInterrupt

    monkeypatch.setattr(teeth, "carry_out", carry_out)
    plan = {f"defect-{number}": ["c"] for number in range(200)}
    with pytest.raises(KeyboardInterrupt):
        run_teeth(plan, Request(target=Path("t.toml"), out=tmp_path), jobs=1, report=stop)
    assert len(begun) < len(plan)


@pytest.mark.parametrize(
    ("verdict", "crash", "outcome"),
    [
        (Verdict.PASS, "", Outcome.CONFORMANT),
        (Verdict.PASS, "the process was killed", Outcome.INCONCLUSIVE),
        (Verdict.INCONCLUSIVE, "", Outcome.INCONCLUSIVE),
    ],
)
def test_recommended_checks_alone_pass_on_an_honest_gateway(monkeypatch, tmp_path, verdict, crash, outcome):
    record = Record(collected=[described("CON-02")], results=[result("CON-02", verdict)], ended=True)
    record.deselected = [described(row) for row in ROWS if row != "CON-02"]
    facts = Circumstances("r", STARTED, 1.0, "1", 7, "c", crash=crash, whole=True)
    run = assemble(record, target(), catalogue(), facts)
    monkeypatch.setattr(teeth, "carry_out", lambda _request, _listener: (run, tmp_path))
    assert run.outcome is Outcome.INCONCLUSIVE
    assert teeth._honest(Request(Path("t"), tmp_path))[0] is outcome


PLAN = {name: [f"c::{name}"] for name in "edcba"}


def test_parts_are_the_whole_whoever_runs_them():
    parts = [part_of(PLAN, f"{number}/3") for number in (1, 2, 3)]
    assert [list(part) for part in parts] == [["a", "d"], ["b", "e"], ["c"]]
    assert {name: checks for part in parts for name, checks in part.items()} == PLAN


@pytest.mark.parametrize("shard", ["", "3", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "6/7"])
def test_what_names_no_part(shard):
    with pytest.raises(UsageError, match="names no part" if shard != "6/7" else "part 6/7 is empty: there are 5"):
        part_of(PLAN, shard)


@pytest.mark.parametrize(
    ("others", "runs"),
    [
        (NOBODY_ELSE, {"t": [(), ("c::a",)], "u": [("c::b",), ("c::b",)]}),
        (Others("quick", ("q",)), {"t": [(), ("c::a", "q")], "u": [("c::b", "q"), ("c::b", "q")]}),
        (Others("all"), {"t": [(), ()], "u": [(), ()]}),
    ],
)
def test_each_target_runs_what_its_defects_meet_honestly_first(monkeypatch, tmp_path, others, runs):
    asked = {"t": [], "u": []}

    def carry_out(request, _listener):
        asked[request.target.name].append(request.only)
        run = assemble(Record(ended=True), target(), catalogue(), Circumstances("r", STARTED, 1.0, "1", 7, "c"))
        return run, tmp_path

    monkeypatch.setattr(teeth, "carry_out", carry_out)
    grown = []
    run_teeth(
        {"a": ["c::a"], "b": ["c::b"]},
        Request(target=Path("t"), out=tmp_path),
        others=others,
        jobs=1,
        report=lambda defect, matrix: grown.append((defect, matrix.others)),
        targets={"b": Path("u")},
    )
    assert asked == runs
    assert grown == [("a", others.name), ("b", others.name)]
