"""Starting the gateway once more, beside the one under test, with one of its settings withheld.

What is mandatory need not be listed: a setting that the target file fills from the lab (issuer, audience, client id and
key at the EHR) is withheld by leaving its placeholder empty, and environment variables that become empty by that are
not set at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from gauntlet import launch, ports, process, receivers
from gauntlet.errors import Inconclusive
from gauntlet.lab import Lab
from gauntlet.mutual_tls import PORT as MTLS_PORT
from gauntlet.placeholder import fill, names_in
from gauntlet.process import Process
from gauntlet.target_model import Launch
from gauntlet.tls import tls_context

MANDATORY: Mapping[str, str] = {
    "issuer.url": "the issuer of tokens",
    "consumer.audience": "the audience of tokens",
    "ehr.client_id": "its client id at the EHR",
    "ehr.key_file": "its key for the EHR",
}
PORT = "gateway.port"


@dataclass(slots=True)
class SecondGateway:
    """A second process of the gateway: where it would serve and the audience that tokens for it have."""

    process: Process
    base_url: str
    audience: str
    ready_url: str
    values: Mapping[str, str]  # placeholders of the target file, as filled for it
    ca_file: Path | None  # authority of its certificate
    _start: Callable[[], Process]

    def again(self) -> None:
        """Start it anew after it has ended, with the same settings, state and address."""
        self.process.stop()
        self.process = self._start()

    def has_ended(self, within_s: float) -> bool:
        """Return whether the process ends by itself within so many seconds."""
        deadline = time.monotonic() + within_s
        while self.process.ending() is None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def wait(self, timeout_s: float) -> str:
        """Wait until it has ended ("ended"), is ready ("ready"), or neither after `timeout_s` ("unready")."""
        deadline = time.monotonic() + timeout_s
        with httpx.Client(timeout=2.0, trust_env=False, verify=tls_context(self.ca_file)) as client:
            while time.monotonic() < deadline:
                if self.process.ending() is not None:
                    return "ended"
                try:
                    if client.get(self.ready_url).is_success:
                        return "ready"
                except httpx.TransportError:
                    pass
                time.sleep(0.05)
        return "unready"


def mandatory_settings(settings: Launch) -> list[str]:
    """Return the placeholders of `MANDATORY` that the launch table uses."""
    used = set(names_in([settings.command, settings.env, settings.files]))
    return [name for name in MANDATORY if name in used]


@contextmanager
def second_gateway(
    lab: Lab, environment: Mapping[str, str], without: str = "", changes: Mapping[str, str] | None = None
) -> Iterator[SecondGateway]:
    """Start the gateway a second time on a port of its own, the setting `without` withheld; end it afterwards.

    `changes` are placeholders with other values. Raises Inconclusive when the target file cannot start two gateways
    side by side.
    """
    table = lab.target.file.gateway.launch
    if table is None:
        raise Inconclusive("the gateway runs already: it cannot be started a second time without [gateway.launch]")
    if PORT not in set(names_in(lab.target.file.gateway.base_url)):
        raise Inconclusive(f"[gateway] base_url has no {{{PORT}}}: a second gateway would take the first one's address")
    port = ports.free_port()
    what = without or ("changed" if changes else "whole")
    folder = lab.run_dir / f"second-{what}-{port}"  # nobody finds the state that another one has left
    (folder / launch.ROLE).mkdir(parents=True, exist_ok=True)
    own = {PORT: str(port), MTLS_PORT: str(ports.free_port()), "run_dir": str(folder.resolve())}
    own |= receivers.of_second(lab.values, folder.name)
    values = launch.with_addresses({**lab.values, **(changes or {}), **own}, lab.target.file)

    def start() -> Process:
        return _start(table, values | ({without: ""} if without else {}), environment, folder)

    ready = fill(table.ready, values, environment)
    second = SecondGateway(
        start(), values["gateway.base_url"], values["consumer.audience"], ready, values, lab.target.ca_file, start
    )
    try:
        yield second
    finally:
        second.process.stop()


def _start(table: Launch, values: Mapping[str, str], environment: Mapping[str, str], folder: Path) -> Process:
    for name, content in table.files.items():
        launch.write_private(folder / launch.ROLE / name, fill(content, values, environment))
    command = [part for item in table.command if (part := fill(item, values, environment))]
    filled = {name: fill(item, values, environment) for name, item in table.env.items()}
    env = {name: text for name, text in filled.items() if text}
    cwd = Path(fill(table.cwd, values, environment))
    return process.start("second gateway", command, folder / "gateway.log", env=env, cwd=cwd, through_pipe=True)
