"""The issuer as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gauntlet.issuer.keys import KeyRing

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def keys(ring: KeyRing, tmp_path: Path) -> str:
    ring.save(tmp_path / "keyring.json")
    return str(tmp_path / "keyring.json")


@pytest.mark.parametrize("end", ["SIGTERM", "SIGINT", "stdin"])
def test_it_announces_both_ports_and_stops_when_told(keys: str, end: str) -> None:
    command = [sys.executable, "-m", "gauntlet.issuer", "--keys", keys]
    env = {**os.environ, "GAUNTLET_CONTROL_SECRET": "x"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=env) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        said = json.loads(process.stdout.readline())
        assert sorted(said) == ["control", "data", "ready"]
        for url in (said["data"], said["control"]):
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10).close()
        if end == "stdin":
            process.stdin.close()
        else:
            process.send_signal(getattr(signal, end))
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize("option", ["--listen", "--control"])
def test_an_occupied_port_is_exit_code_2_and_one_line(run_issuer: Run, keys: str, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run_issuer("--keys", keys, option, address)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert address in done.stderr
    assert "choose another port" in done.stderr


def test_no_secret_and_no_keys_are_exit_code_2_and_named(run_issuer: Run, keys: str, tmp_path: Path) -> None:
    done = run_issuer("--keys", keys, secret="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "GAUNTLET_CONTROL_SECRET is not set" in done.stderr
    done = run_issuer("--keys", str(tmp_path / "nowhere.json"))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "nowhere.json" in done.stderr
