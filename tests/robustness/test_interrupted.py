"""The command line itself is told to stop, or killed: it ends within seconds and leaves nothing running."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.robustness.crew import Crew, asked_for
from tests.robustness.live_run import LiveRun, Outcome

ENDS_WITHIN_S = 90.0
GRACE_S = 60.0  # for what outlives a killed command line, until the kernel's signal has reached everybody
STOPS = {"SIGINT": "interrupted from the keyboard", "SIGTERM": "ended from outside by SIGTERM"}


@pytest.fixture(scope="module")
def stops(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew[Outcome]]:
    folder = tmp_path_factory.mktemp("interrupted")

    def stopped(name: str) -> Outcome:
        run = LiveRun(folder / name, ["run", "reference", "--labs", "1", "--only", "contract/", "--out", "out"])
        run.wait_for_event("finished")
        run.send(signal.Signals[name])
        return run.end(GRACE_S if name == "SIGKILL" else 0.0)

    crew = Crew(asked_for(request.session.items, "signal_name"), stopped)
    yield crew
    crew.dismiss()


@pytest.mark.parametrize("signal_name", STOPS)
def test_report_is_partial_and_inconclusive(stops: Crew[Outcome], signal_name: str) -> None:
    outcome = stops.result(signal_name)
    assert outcome.exit_code == 3, outcome.stderr
    assert outcome.result is not None
    assert outcome.result["outcome"] == "inconclusive"
    assert outcome.result["reason"] == STOPS[signal_name]
    verdicts = [check["verdict"] for check in outcome.checks]
    assert set(verdicts) == {"pass", "inconclusive"}
    assert outcome.seconds < ENDS_WITHIN_S


@pytest.mark.parametrize("signal_name", [*STOPS, "SIGKILL"])
def test_nothing_is_left(stops: Crew[Outcome], signal_name: str) -> None:
    outcome = stops.result(signal_name)
    assert outcome.left_over == []
    assert outcome.still_listening == []


def test_a_killed_command_line_claims_nothing(stops: Crew[Outcome]) -> None:
    outcome = stops.result("SIGKILL")
    assert outcome.exit_code == -signal.SIGKILL
    assert outcome.result is None
