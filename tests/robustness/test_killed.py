"""A process of the run is killed in the middle: inconclusive with the reason, never a pass, never a hang."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.robustness.crew import Crew, asked_for
from tests.robustness.live_run import LiveRun, Outcome

ENDS_WITHIN_S = 90.0  # nothing waits that long on a quiet machine; a hang would last for ever
ENDED_BY_KILL = "process was ended by SIGKILL"
REASONS = {
    "issuer": f"the issuer {ENDED_BY_KILL}",
    "mock EHR": f"the mock EHR {ENDED_BY_KILL}",
    "network proxy": f"the network proxy {ENDED_BY_KILL}",
    "gateway": f"the gateway {ENDED_BY_KILL}",
    "checks": "the process that runs the checks was ended by SIGKILL",
    "load generator": "the load generator was ended by signal 9",
}


def killed(folder: Path, victim: str) -> Outcome:
    if victim == "load generator":
        run = LiveRun(folder, ["load", "reference", "--scale", "0.3", "--out", "out"])
        run.wait_for_event("load-progress")
    else:
        run = LiveRun(folder, ["run", "reference", "--labs", "1", "--only", "contract/", "--out", "out"])
        run.wait_for_event("finished")
    run.send(signal.SIGKILL, victim)
    return run.end()


@pytest.fixture(scope="module")
def kills(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew[Outcome]]:
    folder = tmp_path_factory.mktemp("killed")
    victims = asked_for(request.session.items, "victim")
    crew = Crew(victims, lambda victim: killed(folder / victim.replace(" ", "-"), victim))
    yield crew
    crew.dismiss()


@pytest.mark.parametrize("victim", REASONS)
def test_run_is_inconclusive_and_says_why(kills: Crew[Outcome], victim: str) -> None:
    outcome = kills.result(victim)
    assert outcome.result is not None, outcome.stderr
    assert outcome.exit_code == 3, (outcome.stderr, outcome.result["reason"])
    assert outcome.result["outcome"] == "inconclusive"
    assert REASONS[victim] in outcome.result["reason"]
    assert not [profile for profile in outcome.result["profiles"] if profile["outcome"] == "conformant"]


@pytest.mark.parametrize("victim", REASONS)
def test_nothing_is_blamed_and_nothing_passes_after_it(kills: Crew[Outcome], victim: str) -> None:
    verdicts = [check["verdict"] for check in kills.result(victim).checks if check["verdict"] != "not-claimed"]
    first = verdicts.index("inconclusive")
    assert set(verdicts[:first]) <= {"pass"}
    assert set(verdicts[first:]) == {"inconclusive"}


@pytest.mark.parametrize("victim", REASONS)
def test_nothing_hangs_and_nothing_is_left(kills: Crew[Outcome], victim: str) -> None:
    outcome = kills.result(victim)
    assert outcome.seconds < ENDS_WITHIN_S
    assert outcome.left_over == []
    assert outcome.still_listening == []
