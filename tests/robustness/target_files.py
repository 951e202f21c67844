"""Target files for gateways that do not behave."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path

PYTHON = "{python}"


def free_port() -> int:
    """Return a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launched(folder: Path, command: Sequence[str], *, base_url: str = "", ready_timeout_s: int = 20) -> Path:
    """Write the target file of a gateway that the lab starts with `command`."""
    base = base_url or "http://127.0.0.1:{gateway.port}/fhir/R4"
    return _written(
        folder,
        f"""
        [gateway]
        name = "misbehaving"
        base_url = "{base}"
        [gateway.launch]
        command = {json.dumps(list(command))}
        ready = "{{gateway.root}}/health"
        ready_timeout_s = {ready_timeout_s}
        [[ehr]]
        vendor = "epic"
        patients = 1400
        """,
    )


def running_already(folder: Path, port: int) -> Path:
    """Write the target file of a gateway that is said to run at `port`."""
    return _written(
        folder,
        f"""
        [gateway]
        name = "misbehaving"
        base_url = "http://127.0.0.1:{port}/fhir/R4"
        [[ehr]]
        vendor = "epic"
        patients = 1400
        listen = "127.0.0.1:{free_port()}"
        [consumer]
        listen = "127.0.0.1:{free_port()}"
        """,
    )


def _written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "target.toml"
    target.write_text("\n".join(line.strip() for line in text.splitlines()), encoding="utf-8")
    return target
