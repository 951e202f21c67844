"""Starting the servers of a lab as processes: issuer, mock EHR, network proxy."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gauntlet import ports, process
from gauntlet.errors import SetupError
from gauntlet.network.launch import ServerChoice
from gauntlet.process import Process
from gauntlet.target_ehr import Ehr

START_TIMEOUT_S = 20.0
MOCK_EHR = "mock EHR"
_ANY_PORT = "127.0.0.1:0"


@dataclass(frozen=True)
class Servers:
    """Starts servers; each is added to `processes`, which whoever owns them ends."""

    run_dir: Path
    processes: list[Process]
    secret: str  # of the control ports

    def issuer(self, keys: Path, listen: str | None) -> Process:
        """Start the issuer. Raises SetupError when its fixed address is taken."""
        if listen:
            ports.require_free(listen, "issuer")
        arguments = ["--listen", listen or _ANY_PORT, "--control", _ANY_PORT, "--keys", str(keys)]
        return self._start("issuer", "gauntlet.issuer", arguments)

    def mock_ehr(self, ehr: Ehr, seed: int, role: str = MOCK_EHR) -> Process:
        """Start a mock EHR. Raises SetupError when the fixed address of the proxy in front of it is taken."""
        if ehr.listen:
            ports.require_free(ehr.listen, f"network proxy in front of the {role.removeprefix('mock ')}")
        arguments = ["--vendor", ehr.vendor, "--seed", str(seed), "--patients", str(ehr.patients)]
        arguments += ["--listen", _ANY_PORT, "--control", _ANY_PORT, "--tls-beside"]
        folder = f"{role.removeprefix('mock ').replace(' ', '-').lower()}-tls"
        return self._start(role, "mock_ehr", [*arguments, "--tls", str(self.run_dir / folder)])

    def network(self, choice: ServerChoice) -> str:
        """Start the network server if there is none yet, and return its API's URL."""
        if choice.url:
            return choice.url
        port = 0 if choice.announces else ports.free_port()
        log = self.run_dir / "network-proxy.log"
        self.processes.append(process.start("network proxy", choice.command_on(port), log))
        if choice.announces:
            return str(self.processes[-1].announcement(START_TIMEOUT_S)["data"])
        _wait_for(lambda: ports.listening("127.0.0.1", port), self.processes[-1])
        return f"http://127.0.0.1:{port}"

    def _start(self, role: str, module: str, arguments: list[str]) -> Process:
        command = [sys.executable, "-P", "-m", module, *arguments]
        log = self.run_dir / f"{role.replace(' ', '-').lower()}.log"
        started = process.start(role, command, log, env={"GAUNTLET_CONTROL_SECRET": self.secret})
        self.processes.append(started)
        return started


def _wait_for(condition: Callable[[], bool], started: Process) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not condition():
        ending = started.ending()
        if ending is not None or time.monotonic() > deadline:
            what = ending.sentence() if ending else f"the {started.role} is not ready after {START_TIMEOUT_S:g} s"
            raise SetupError(f"{what}; its last output:\n{started.last_lines() or '(none)'}")
        time.sleep(0.02)
