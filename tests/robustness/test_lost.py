"""Gateways that exit by themselves, and things beside the lab that go away in the middle of a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.robustness.crew import Crew
from tests.robustness.dying_gateway import STATUS
from tests.robustness.live_run import LiveRun, Outcome
from tests.robustness.target_files import PYTHON, free_port, launched, running_already

GATEWAY = Path(__file__).with_name("dying_gateway.py")
READS = [
    "--only",
    "contract/test_reading.py::test_read_keeps_the_meaning",
]  # a patient, an encounter, then a condition, and four more
CONDITION = "contract/test_reading.py::test_read_keeps_the_meaning[Condition]"


def launched_gateway_dies(folder: Path) -> Outcome:
    target = launched(folder, [PYTHON, "-P", str(GATEWAY), "127.0.0.1:{gateway.port}"])
    return LiveRun(folder, ["run", str(target), "--out", "out", *READS]).end()


def running_gateway_dies(folder: Path) -> Outcome:
    port = free_port()
    target = running_already(folder, port)
    with subprocess.Popen([sys.executable, "-P", GATEWAY, f"127.0.0.1:{port}"]) as gateway:
        run = LiveRun(folder, ["run", str(target), "--out", "out", *READS])
        try:
            return run.end()
        finally:
            gateway.kill()


def network_server_dies(folder: Path) -> Outcome:
    with network_server() as (server, url):
        arguments = ["run", "reference", "--out", "out", "--only", "contract/", "--only", "RES-05"]
        run = LiveRun(folder, arguments, {"TOXIPROXY_URL": url})
        run.wait_for_event("finished")
        os.kill(server.pid, signal.SIGKILL)
        return run.end()


class network_server:  # noqa: N801 - reads as a context
    """The built-in network server, started by somebody else than the run."""

    def __enter__(self) -> tuple[subprocess.Popen[bytes], str]:
        command = [sys.executable, "-P", "-m", "gauntlet.network.server", "--no-stdin-watch"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        announced: dict[str, Any] = orjson.loads(self._process.stdout.readline())
        return self._process, announced["data"]

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


SCENARIOS: dict[str, Callable[[Path], Outcome]] = {
    "launched": launched_gateway_dies,
    "running": running_gateway_dies,
    "network": network_server_dies,
}


@pytest.fixture(scope="module")
def losses(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew[Outcome]]:
    folder = tmp_path_factory.mktemp("lost")
    crew = Crew(SCENARIOS, lambda name: SCENARIOS[name](folder / name))
    yield crew
    crew.dismiss()


def test_a_gateway_that_exits_fails_that_check_and_ends_the_judging(losses: Crew[Outcome]) -> None:
    outcome = losses.result("launched")
    assert outcome.exit_code == 1, outcome.stderr
    by_check = {check["check"]: check for check in outcome.checks}
    crash = by_check[CONDITION]
    assert crash["verdict"] == "fail"
    assert f"ended with exit status {STATUS} by itself" in crash["reason"]
    assert "out of luck" in crash["actual"]
    later = list(by_check.values())[list(by_check).index(CONDITION) + 1 :]
    assert {check["verdict"] for check in later} == {"inconclusive"}
    assert len(later) == 4
    assert all(f"not run: the gateway process ended with exit status {STATUS}" in check["reason"] for check in later)


def test_a_gateway_of_somebody_else_that_goes_away_is_not_judged(losses: Crew[Outcome]) -> None:
    by_check = {check["check"]: check for check in losses.result("running").checks}
    later = list(by_check.values())[list(by_check).index(CONDITION) :]
    assert {check["verdict"] for check in later} == {"inconclusive"}
    assert "the gateway is gone" in later[0]["reason"]


def test_a_network_server_of_somebody_else_that_goes_away_is_not_the_gateways_failure(losses: Crew[Outcome]) -> None:
    outcome = losses.result("network")
    assert outcome.exit_code == 3, (outcome.stderr, outcome.result)
    assert outcome.result is not None
    assert "the network server" in outcome.result["reason"]
    assert {check["verdict"] for check in outcome.checks} <= {"pass", "inconclusive", "not-claimed"}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_left(losses: Crew[Outcome], scenario: str) -> None:
    assert losses.result(scenario).left_over == []
