"""What cannot be carried out ends with exit 2, one message that says how to mend it, and nothing left running."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.robustness.crew import Crew, asked_for
from tests.robustness.live_run import LiveRun, Outcome
from tests.robustness.target_files import PYTHON, free_port, launched
from tests.robustness.test_lost import network_server


@dataclass(frozen=True)
class Wrong:
    """A set-up: what is asked of the command line, and what it must say."""

    arguments: Callable[[Path], list[str]]
    says: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)


def run_of(target: Callable[[Path], Path]) -> Callable[[Path], list[str]]:
    return lambda folder: ["run", str(target(folder)), "--out", "out"]


def misspelt(folder: Path) -> Path:
    target = launched(folder, ["true"])
    target.write_text(target.read_text(encoding="utf-8").replace("base_url", "base_ulr"), encoding="utf-8")
    return target


def under_a_file(folder: Path) -> list[str]:
    (folder / "file").write_bytes(b"")
    return ["run", "reference", "--out", "file/out"]


def taken(folder: Path) -> Path:
    port = free_port()
    (folder / "port").write_text(str(port))
    return launched(folder, [PYTHON, "-c", "pass"], base_url=f"http://127.0.0.1:{port}/fhir/R4")


SLEEP = [PYTHON, "-c", "import time; print('still warming up', flush=True); time.sleep(600)"]
LICENCE = [PYTHON, "-c", "raise SystemExit('no licence file')"]
SETUPS = {
    "no target file": Wrong(lambda _: ["run", "nowhere.toml"], ("nowhere.toml does not exist", "gauntlet init")),
    "misspelt key": Wrong(run_of(misspelt), ("base_ulr", "did you mean 'base_url'?", "hint:")),
    "unknown check": Wrong(
        lambda folder: [*run_of(lambda f: launched(f, ["true"]))(folder), "--only", "CNO-06"],
        ("begins with 'CNO-06'", "did you mean 'CON-06'?", "gauntlet catalog checks"),
    ),
    "secret not set": Wrong(
        run_of(lambda folder: launched(folder, ["gateway", "--key", "${NO_SUCH_SECRET}"])),
        ("NO_SUCH_SECRET is not set", "export NO_SUCH_SECRET"),
    ),
    "out below a file": Wrong(under_a_file, ("cannot create the run's folder", "--out")),
    "occupied port": Wrong(run_of(taken), ("the port is taken", "choose another port")),
    "never ready": Wrong(
        run_of(lambda folder: launched(folder, SLEEP, ready_timeout_s=1)),
        ("did not become ready within 1 s", "still warming up", "ready_timeout_s"),
    ),
    "exits at once": Wrong(
        run_of(lambda folder: launched(folder, LICENCE)),
        ("ended with exit status 1 before it was ready", "no licence file", "gateway.log"),
    ),
    "missing binary": Wrong(
        run_of(lambda folder: launched(folder, ["./no-such-gateway"])),
        ("no-such-gateway was not found", "install the program"),
    ),
    "no network server": Wrong(
        lambda _: ["run", "reference", "--out", "out"],
        ("http://127.0.0.1:1 does not answer", "TOXIPROXY_URL", "unset"),
        env={"TOXIPROXY_URL": "http://127.0.0.1:1"},
    ),
}


@contextlib.contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Listen on the port that the scenario has written down, if it has."""
    note = folder / "port"
    with socket.socket() as taker:
        if note.exists():
            taker.bind(("127.0.0.1", int(note.read_text())))
            taker.listen()
        yield


@pytest.fixture(scope="module")
def refusals(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew[Outcome]]:
    root = tmp_path_factory.mktemp("wrong-setup")

    def refused(name: str) -> Outcome:
        folder = root / name.replace(" ", "-")
        folder.mkdir()
        arguments = SETUPS[name].arguments(folder)
        with occupied(folder):
            return LiveRun(folder, arguments, SETUPS[name].env).end()

    crew = Crew(asked_for(request.session.items, "setup"), refused)
    yield crew
    crew.dismiss()


@pytest.mark.parametrize("setup", SETUPS)
def test_one_message_with_the_fix(refusals: Crew[Outcome], setup: str) -> None:
    outcome = refusals.result(setup)
    assert outcome.exit_code == 2, outcome.stderr
    assert outcome.stderr.count("error: ") == 1
    assert "hint: " in outcome.stderr
    assert "Traceback" not in outcome.stderr
    for words in SETUPS[setup].says:
        assert words in outcome.stderr
    assert outcome.result is None


@pytest.mark.parametrize("setup", SETUPS)
def test_nothing_is_left(refusals: Crew[Outcome], setup: str) -> None:
    assert refusals.result(setup).left_over == []


def test_a_network_server_of_somebody_else_is_left_as_it_was(tmp_path: Path) -> None:
    with network_server() as (_, url):
        target = launched(tmp_path, LICENCE)
        outcome = LiveRun(tmp_path, ["run", str(target), "--out", "out"], {"TOXIPROXY_URL": url}).end()
        assert outcome.exit_code == 2, outcome.stderr
        assert httpx.get(f"{url}/proxies", trust_env=False).json() == {}
