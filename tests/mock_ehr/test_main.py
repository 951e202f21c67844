"""The process: its announcement, its ends, its exit codes."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from mock_ehr.__main__ import parse_address, parse_arguments, settings_from


@contextmanager
def process(*arguments: str, secret: str | None = "s") -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if name != "GAUNTLET_CONTROL_SECRET"}
    if secret is not None:
        environment["GAUNTLET_CONTROL_SECRET"] = secret
    started = subprocess.Popen(
        [sys.executable, "-m", "mock_ehr", "--patients", "5", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )
    with started:
        try:
            yield started
        finally:
            started.kill()


def test_announces_itself_and_ends_with_stdin() -> None:
    with process() as started:
        assert started.stdout is not None
        assert started.stdin is not None
        line = json.loads(started.stdout.readline())
        assert line["ready"] is True
        answer = httpx.get(f"{line['control']}/health", headers={"Authorization": "Bearer s"}, verify=False)
        assert answer.json()["patients"] == 5
        started.stdin.close()
        assert started.wait(10) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_at_a_signal(number: signal.Signals) -> None:
    with process("--no-stdin-watch") as started:
        assert started.stdout is not None
        started.stdout.readline()
        started.send_signal(number)
        assert started.wait(10) == 0


def test_an_occupied_port_is_exit_2_with_one_line() -> None:
    with process() as first:
        assert first.stdout is not None
        address = json.loads(first.stdout.readline())["data"].removeprefix("http://")
        with process("--listen", address) as second:
            assert second.stderr is not None
            assert second.wait(10) == 2
            (line,) = second.stderr.read().splitlines()
            assert address in line


def test_without_a_secret_it_does_not_start() -> None:
    with process(secret=None) as started:
        assert started.stderr is not None
        assert started.wait(10) == 2
        assert "GAUNTLET_CONTROL_SECRET" in started.stderr.read()


def test_the_defaults() -> None:
    settings = settings_from(parse_arguments([]), "s")
    assert (settings.vendor, settings.patients, settings.instance) == ("epic", 1000, "")
    assert settings.listen == settings.control == ("127.0.0.1", 0)


@pytest.mark.parametrize("text", ["0.0.0.0:80", "8080", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "::1:80"])
def test_only_loopback_addresses(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="valid: 127"):
        parse_address(text)
