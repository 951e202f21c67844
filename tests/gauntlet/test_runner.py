import signal
import sys

import pytest

from gauntlet import runner
from gauntlet.errors import HarnessError
from gauntlet.plan import Plan, read_plan
from gauntlet.runner import Crew, environment
from tests.gauntlet.own_suite import PASS, Harness, check


@pytest.fixture
def harness(tmp_path, monkeypatch):
    return Harness(tmp_path, monkeypatch)


ENDINGS = {
    "passes": (PASS, "pass"),
    "fails": ("assert 1 == 2, 'no'", "fail"),
    "fails_by_pytest": ("pytest.fail('no')", "fail"),
    "did_not_raise": (PASS + "\nwith pytest.raises(ValueError):\n    pass", "fail"),
    "check_failed": ("raise CheckFailed('no', expected='a', actual='b')", "fail"),
    "half_a_surrogate": ("raise CheckFailed('no', actual='\\ud800', expected=10**30)", "fail"),
    "touches_nothing": ("pass", "inconclusive"),
    "crashes": ("{}['x']", "error"),
    "fault_of_ours": ("raise HarnessError('x')", "error"),
    "leaves": ("raise SystemExit(0)", "error"),
    "inconclusive": ("raise Inconclusive('x')", "inconclusive"),
    "process_lost": ("raise ProcessLost('x')", "inconclusive"),
    "skips_itself": ("pytest.skip('no time')", "inconclusive"),
    "xfails_itself": ("pytest.xfail('known')", "inconclusive"),
    "not_claimed": ("pytest.skip('the target does not claim Patient')", "not-claimed"),
}


def test_every_ending_has_its_verdict(harness):
    checks = [check("CON-01", name, body) for name, (body, _) in ENDINGS.items()]
    checks += [
        check("CON-02", "should_not_met", "assert False"),
        check("IDE-01", "unclaimed_feature", PASS),
        check("CON-03", "marked_skip", "assert False", marks="@pytest.mark.skip(reason='later')"),
        check("CON-03", "marked_xfail", "assert False", marks="@pytest.mark.xfail(reason='known')"),
        check("CON-03", "marked_xfail_not_run", "assert False", marks="@pytest.mark.xfail(run=False)"),
        check("CON-03", "marked_xfail_passes", PASS, marks="@pytest.mark.xfail(strict=True)"),
        check("CON-03", "unknown_fixture", "pass", fixtures="nothing_like_that"),
        "@pytest.fixture\ndef untidy():\n    yield\n    raise KeyError('after')\n",
        "@pytest.fixture\ndef judges_late():\n    yield\n    assert False, 'late'\n",
        "@pytest.fixture\ndef refuses():\n    raise Inconclusive('no gateway')\n",
        check("CON-03", "clean_up_crashes", PASS, "measured, untidy"),
        check("CON-03", "clean_up_judges", PASS, "measured, judges_late"),
        check("CON-03", "failure_before_a_crash", "assert False", "untidy"),
        check("CON-03", "set_up_refuses", PASS, "measured, refuses"),
        check("LOD-01", "load", PASS),
    ]
    assert harness.verdicts(*checks) == {
        **{name: verdict for name, (_, verdict) in ENDINGS.items()},
        "should_not_met": "warn",
        "unclaimed_feature": "not-claimed",
        "marked_skip": "inconclusive",
        "marked_xfail": "fail",
        "marked_xfail_not_run": "inconclusive",
        "marked_xfail_passes": "pass",
        "unknown_fixture": "error",
        "clean_up_crashes": "error",
        "clean_up_judges": "fail",
        "failure_before_a_crash": "fail",
        "set_up_refuses": "inconclusive",
        "load": "pass",
    }
    assert harness.lab_closed


CORE = [check("CON-01", "a", PASS), check("CON-02", "b", PASS), check("CON-03", "c", PASS), check("LOD-01", "d", PASS)]


def dying(role, status):
    body = f"measured['x'] = 1.0\ngauntlet_session.lab.die({role!r}, {status})"
    return check("CON-02", "b", body, "measured, gauntlet_session")


@pytest.mark.parametrize(
    ("role", "status", "verdict", "code"),
    [
        ("gateway", 1, "warn", 3),  # of a SHOULD; what follows is not run, so nothing is proven either
        ("mock EHR", 1, "inconclusive", 3),
    ],
)
def test_a_process_that_ends_is_judged_once(harness, role, status, verdict, code):
    run = harness.result(CORE[0], dying(role, status), *CORE[2:])
    assert [item.verdict.value for item in run.checks] == ["pass", verdict, "inconclusive", "inconclusive"]
    assert run.checks[2].reason.startswith(f"not run: the {role} process")
    assert run.exit_code == code


def test_pytest_killed_in_the_middle(harness):
    killed = check("CON-02", "b", "os.kill(os.getpid(), signal.SIGKILL)")
    run = harness.result(CORE[0], killed, *CORE[2:])
    assert [item.verdict.value for item in run.checks] == ["pass", "inconclusive", "inconclusive", "inconclusive"]
    assert run.checks[1].reason == "left no result: the process that runs the checks was ended by SIGKILL"
    assert (run.exit_code, run.reason) == (3, "the process that runs the checks was ended by SIGKILL")
    assert {profile.outcome.value for profile in run.profiles} == {"inconclusive"}


def test_pytest_leaving_in_the_middle(harness):
    run = harness.result(CORE[0], check("CON-02", "b", "os._exit(0)"), *CORE[2:])
    assert run.reason == "the process that runs the checks ended with exit status 0; see pytest.log"
    assert run.exit_code == 3


def test_an_interrupt_ends_the_lab_and_keeps_what_was_found(harness):
    waiting = check("CON-02", "b", "signal.pause()")

    def interrupt(event):
        if event["event"] == "started" and event["check"].endswith("test_b"):
            raise KeyboardInterrupt

    record, crash = harness.run(CORE[0], waiting, *CORE[2:], listener=interrupt)
    assert crash == "interrupted from the keyboard"
    assert [item.check for item in record.results] == ["test_it.py::test_a"]
    assert len(record.collected) == 4
    assert harness.lab_closed


def test_a_check_of_an_unknown_requirement_stops_the_run_before_the_lab(harness):
    record, crash = harness.run(CORE[0], check("CONN-01", "x", PASS))
    assert record.broken_suite[0] == "test_it.py::test_x: unknown requirement 'CONN-01'; did you mean 'CON-01'?"
    assert (record.collected, crash, harness.lab_closed) == ([], "", False)


def test_a_selection_that_selects_nothing_stops_the_run_before_the_lab(harness):
    record, _ = harness.run(*CORE, only=("CON", "CUN-01"))
    assert record.broken_suite[0].startswith("no check or requirement begins with 'CUN-01'; did you mean 'CON-01'?")
    assert not harness.lab_closed


def test_a_selection(harness):
    run = harness.result(*CORE, only=("con-01", "test_it.py::test_d"))
    assert [item.requirement for item in run.checks] == ["CON-01", "LOD-01"]
    assert (run.outcome.value, run.deselected) == ("partial", 2)


def test_a_file_that_cannot_be_collected_is_not_passed_over(harness):
    (harness.suites / "test_other.py").write_text("import nothing_like_that\n")
    run = harness.result(*CORE)
    assert run.exit_code == 3
    assert {item.verdict.value for item in run.checks} == {"inconclusive"}


def test_a_suite_that_crashes_pytest_is_a_fault_of_ours(harness):
    (harness.suites / "conftest.py").write_text("raise RuntimeError('broken conftest')\n")
    with pytest.raises(HarnessError, match="before any check was collected") as caught:
        harness.run(*CORE)
    assert "broken conftest" in caught.value.message


def test_a_lab_that_does_not_come_up(harness):
    (harness.run_dir / "no-lab").touch()
    record, crash = harness.run(*CORE)
    assert (record.lab_failure, crash) == (("port 1 is taken", "free it"), "")


def test_a_hostile_caller_does_not_leak_in(harness, tmp_path, monkeypatch):
    """Options, plug-ins, configuration and modules of the folder and environment we are called from."""
    caller = tmp_path / "caller"
    (caller / "suites").mkdir(parents=True)
    for name in ("conftest.py", "sitecustomize.py", "pytest.py", "gauntlet.py", "hostile.py", "suites/__init__.py"):
        (caller / name).write_text("raise SystemExit('hostile')\n")
    (caller / "pytest.ini").write_text("[pytest]\naddopts = -k nothing -x\n")
    (tmp_path / "conftest.py").write_text("raise SystemExit('hostile')\n")  # above the suites, too
    monkeypatch.chdir(caller)
    hostile = {
        "PYTEST_ADDOPTS": "-k nothing --maxfail=1",
        "PYTEST_PLUGINS": "hostile",
        "PYTHONOPTIMIZE": "2",
        "PYTHONWARNINGS": "error",
        "PYTHONINSPECT": "1",
        "PYTHONSTARTUP": str(caller / "hostile.py"),
    }
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    run = harness.result(*CORE)
    assert (run.outcome.value, len(run.checks), run.deselected) == ("conformant", 4, 0)


def test_the_environment():
    clean = environment({"PATH": "/bin", "PYTEST_ADDOPTS": "-x", "PYTEST_XDIST_WORKER": "gw0", "PYTHONOPTIMIZE": "1"})
    assert clean == {
        "PATH": "/bin",
        "PYTHONSAFEPATH": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def test_the_plan_is_read_as_it_was_written(tmp_path):
    plan = Plan("t.toml", str(tmp_path), 7, only=("A", "B"), defect="d", profile="p", scale=0.5, allow_remote_load=True)
    assert read_plan(plan.save()) == plan
    assert plan.events == tmp_path / "events.ndjson"


def test_events_are_followed_while_they_are_written(tmp_path):
    path = tmp_path / "events"
    path.write_bytes(b'{"n": 1}\n{"n"')
    steps = iter([b": 2}\n", b'{"n": 3}', b"\n", b'{"half'])

    def alive():
        more = next(steps, None)
        if more is None:
            return False
        with path.open("ab") as file:
            file.write(more)
        return True

    assert [item["n"] for item in runner._follow(path, alive)] == [1, 2, 3]
    assert [item["n"] for item in runner._follow(path, lambda: False, skip=2)] == [3]


def test_a_process_that_ignores_us_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "_STOP_GRACE_S", 0.1)
    stubborn = (
        "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
    )
    monkeypatch.setattr(runner, "command", lambda *_: [sys.executable, "-c", stubborn])
    crew = Crew(Plan("t.toml", str(tmp_path), 7, labs=2), tmp_path / "plan.json")
    while not all(log.read_bytes() for log in crew.logs):
        assert crew.alive()
    crew.stop()
    assert crew.statuses == [-signal.SIGKILL] * 2
    crew.stop()
    assert not crew.alive()
