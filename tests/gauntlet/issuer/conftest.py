"""One key ring for all tests, since RSA keys are slow to make, and issuer processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from gauntlet.issuer.keys import KeyRing

SECRET = "control-secret"


@pytest.fixture(scope="session")
def ring() -> KeyRing:
    return KeyRing.generate(es256=True)


@dataclass
class Running:
    """An issuer process: `data` is its public client, `control` the harness's."""

    url: str
    control_url: str
    keys: Path
    data: httpx.Client
    control: httpx.Client

    @property
    def ring(self) -> KeyRing:
        return KeyRing.load(self.keys)

    def endpoints(self) -> list[tuple[str, int]]:
        entries = self.control.get("/requests").json()["entries"]
        return [(entry["endpoint"], entry["status"]) for entry in entries]


@contextmanager
def running(keys: Path) -> Iterator[Running]:
    command = [sys.executable, "-m", "gauntlet.issuer", "--keys", str(keys)]
    env = {**os.environ, "GAUNTLET_CONTROL_SECRET": SECRET}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout
        try:
            said = json.loads(process.stdout.readline())
            bearer = {"Authorization": f"Bearer {SECRET}"}
            with (
                httpx.Client(base_url=said["data"], trust_env=False, timeout=60) as data,
                httpx.Client(base_url=said["control"], headers=bearer, trust_env=False, timeout=60) as control,
            ):
                yield Running(said["data"], said["control"], keys, data, control)
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def process(ring: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    keys = tmp_path_factory.mktemp("issuer") / "keyring.json"
    ring.save(keys)
    with running(keys) as issuer:
        yield issuer


@pytest.fixture
def issuer(process: Running) -> Iterator[Running]:
    """A running issuer with the client "app", as after a reset."""
    document = {"secret": "a secret", "scopes": ["system/*.rs", "system/Patient.r"], "audience": "http://gw/fhir/R4"}
    assert process.control.put("/clients/app", json=document).is_success
    yield process
    assert process.control.post("/reset").is_success


@pytest.fixture(scope="session")
def run_issuer() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the issuer's command line to its end."""

    def run(*arguments: str, secret: str = SECRET, stdin: int = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "GAUNTLET_CONTROL_SECRET": secret}
        command = [sys.executable, "-m", "gauntlet.issuer", *arguments]
        return subprocess.run(command, stdin=stdin, capture_output=True, text=True, timeout=30, check=False, env=env)

    return run
