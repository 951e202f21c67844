import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gauntlet.answer import Answer
from gauntlet.errors import (
    CheckFailed,
    GauntletError,
    HarnessError,
    Inconclusive,
    NoAnswer,
    ProcessLost,
    SetupError,
    UsageError,
)
from gauntlet.judgement import judge
from gauntlet.network.errors import NetworkUnreachableError
from gauntlet.process import Ending
from gauntlet.verdict import Verdict

HARNESS_ROLES = ("issuer", "mock EHR", "network proxy")


def assertion(folder, text="assert status == 200", name="test_x.py"):
    """An AssertionError raised by a line of a file in `folder`."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    source = f"def check(value):\n    raise AssertionError({text!r})\n"
    path.write_text(source)
    namespace = {}
    exec(compile(source, str(path), "exec"), namespace)
    return raised(lambda: namespace["check"](1))


def raised(action):
    try:
        action()
    except BaseException as error:  # noqa: BLE001 - SystemExit is one of the cases
        return error
    raise AssertionError("nothing was raised")


@pytest.fixture
def suites(tmp_path):
    return tmp_path / "suites"


@pytest.fixture
def verdict_of(suites):
    def judged(error=None, *, level="MUST", ended=(), judged_something=True):
        return judge(error, level=level, ended=ended, judged_something=judged_something, suites=suites)

    return judged


def test_ran_to_its_end(verdict_of):
    assert verdict_of().verdict is Verdict.PASS
    assert verdict_of(level="SHOULD").verdict is Verdict.PASS


def test_a_check_that_touched_nothing_proves_nothing(verdict_of):
    judgement = verdict_of(judged_something=False)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reason == "the check made no request and measured nothing: it proves nothing"


@pytest.mark.parametrize(("level", "verdict"), [("MUST", Verdict.FAIL), ("SHOULD", Verdict.WARN)])
def test_a_failed_check_keeps_what_it_said(verdict_of, level, verdict):
    judgement = verdict_of(CheckFailed("no", expected="yes", actual="maybe", hint="try"), level=level)
    assert judgement.verdict is verdict
    assert (judgement.reason, judgement.expected, judgement.actual, judgement.hint) == ("no", "yes", "maybe", "try")


def test_a_failure_counts_even_without_a_request(verdict_of):
    assert verdict_of(CheckFailed("no"), judged_something=False).verdict is Verdict.FAIL


def test_no_answer_is_the_gateways_failure(verdict_of):
    assert verdict_of(NoAnswer("reset")).verdict is Verdict.FAIL


def test_an_assertion_of_a_check_is_the_gateways_failure(verdict_of, suites):
    judgement = verdict_of(assertion(suites, "assert 500 == 200\n +  where 500 = ..."))
    assert judgement.verdict is Verdict.FAIL
    assert judgement.reason == "assert 500 == 200"
    assert judgement.actual == "assert 500 == 200\n +  where 500 = ..."


def test_an_assertion_without_words(verdict_of, suites):
    assert verdict_of(assertion(suites, "")).reason == "assertion failed"


def test_an_assertion_in_a_nested_folder_or_through_a_link(verdict_of, suites, tmp_path):
    assert verdict_of(assertion(suites / "chaos")).verdict is Verdict.FAIL
    suites.mkdir(exist_ok=True)
    (tmp_path / "link").symlink_to(suites)
    assert verdict_of(assertion(tmp_path / "link")).verdict is Verdict.FAIL


def test_an_assertion_that_came_through_a_thread_of_a_check(verdict_of, suites):
    error = assertion(suites)

    def again():
        raise error

    with ThreadPoolExecutor(1) as pool:
        assert verdict_of(raised(pool.submit(again).result)).verdict is Verdict.FAIL


@pytest.mark.parametrize("folder", ["gauntlet", "suites-of-others", "site-packages"])
def test_an_assertion_anywhere_else_is_our_error(verdict_of, tmp_path, folder):
    judgement = verdict_of(assertion(tmp_path / folder, "assert popen is not None"))
    assert judgement.verdict is Verdict.ERROR
    assert judgement.reason == "AssertionError: assert popen is not None"
    assert "in check" in judgement.detail


def test_an_assertion_without_a_traceback_is_our_error(verdict_of):
    assert verdict_of(AssertionError("no")).verdict is Verdict.ERROR


def test_a_network_server_that_is_gone_proves_nothing(verdict_of):
    judgement = verdict_of(NetworkUnreachableError("http://127.0.0.1:1", "refused"))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "http://127.0.0.1:1" in judgement.reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Inconclusive("control failed"), "control failed"),
        (
            ProcessLost("the mock EHR's control port does not answer", hint="x"),
            "the mock EHR's control port does not answer",
        ),
    ],
)
def test_what_could_not_be_judged(verdict_of, error, reason):
    judgement = verdict_of(error)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reason == reason


OURS = [
    ValueError("bad"),
    KeyError("x"),
    TypeError("x"),
    OSError(28, "No space left on device"),
    RecursionError(),
    MemoryError(),
    SystemExit(0),
    TimeoutError(),
    subprocess.TimeoutExpired("x", 1),
    HarnessError("ours"),
    SetupError("ours"),
    UsageError("ours"),
    GauntletError("ours"),
    ExceptionGroup("several", [CheckFailed("inside")]),
]


@pytest.mark.parametrize("error", OURS, ids=lambda error: type(error).__name__)
def test_a_crash_of_ours_is_never_the_gateways_failure(verdict_of, error):
    for level in ("MUST", "SHOULD"):
        assert verdict_of(error, level=level).verdict is Verdict.ERROR


def test_our_error_is_told_in_one_line_with_its_traceback(verdict_of):
    judgement = verdict_of(raised(lambda: {}["missing\nkey"]))
    assert judgement.reason == "KeyError: 'missing\\nkey'"
    assert "Traceback" in judgement.detail
    long = verdict_of(ValueError("first line\n" + "x" * 10_000))
    assert long.reason == "ValueError: first line"
    assert len(long.detail) == 6000


@pytest.mark.parametrize("status", [0, 1, 3, 99, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, 139])
def test_a_gateway_that_ends_by_itself_has_failed(verdict_of, status):
    for error in (None, Inconclusive("control"), NoAnswer("reset"), ValueError("x")):
        judgement = verdict_of(error, ended=[Ending("gateway", status, "panic: oh")])
        assert judgement.verdict is Verdict.FAIL
        assert judgement.actual == "panic: oh"
        assert "by itself" in judgement.reason
    assert verdict_of(ended=[Ending("gateway", status, "")]).actual == "no output"
    assert verdict_of(ended=[Ending("gateway", status, "")], level="SHOULD").verdict is Verdict.WARN


KILLED = [-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP, 137, 143, 130, 129]


@pytest.mark.parametrize("status", KILLED)
def test_a_gateway_that_was_killed_is_inconclusive(verdict_of, status):
    for error in (None, CheckFailed("no"), NoAnswer("reset"), ValueError("x")):
        assert verdict_of(error, ended=[Ending("gateway", status, "")]).verdict is Verdict.INCONCLUSIVE


def test_who_killed_the_gateway_is_told(verdict_of):
    judgement = verdict_of(ended=[Ending("gateway", -9, "last words")])
    assert judgement.reason == "the gateway process was ended by SIGKILL in the middle of the run"
    assert judgement.detail == "last words"


@given(st.integers(-64, 255), st.sampled_from(HARNESS_ROLES), st.sampled_from(["MUST", "SHOULD"]))
def test_an_ending_of_ours_is_never_the_gateways_failure(status, role, level):
    ended = [Ending(role, status, "")]
    for error in (None, CheckFailed("no"), NoAnswer("x"), Inconclusive("x"), AssertionError("x")):
        judgement = judge(error, level=level, ended=ended, judged_something=True, suites=Path("/suites"))
        assert judgement.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("role", HARNESS_ROLES)
def test_when_one_of_ours_ended_too_the_gateway_is_not_blamed(verdict_of, role):
    endings = [Ending(role, -9, ""), Ending("gateway", 1, "lost my EHR")]
    assert verdict_of(ended=endings).verdict is Verdict.INCONCLUSIVE
    assert verdict_of(ended=endings[::-1]).verdict is Verdict.INCONCLUSIVE


def test_answers_fail_as_checks_do(verdict_of):
    answer = Answer("GET http://g/x", 200, {}, b"<html>", 0.1)
    assert verdict_of(raised(answer.json)).verdict is Verdict.FAIL
