"""Target files for gateways that do not behave."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path

from joserfc.jwk import RSAKey

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
        """,
    )


def running_already(folder: Path, port: int, *, ehr: int = 0, issuer: int = 0) -> Path:
    """Write the target file of a gateway that is said to run at `port`, its private key beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    key = RSAKey.generate_key(2048, {"kid": "running-1", "alg": "RS384"}, private=True)
    (folder / "private.json").write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")
    (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}), encoding="utf-8")
    return _written(
        folder,
        f"""
        [gateway]
        name = "misbehaving"
        base_url = "http://127.0.0.1:{port}/fhir/R4"
        [[ehr]]
        vendor = "epic"
        listen = "127.0.0.1:{ehr or free_port()}"
        jwks = "jwks.json"
        [consumer]
        listen = "127.0.0.1:{issuer or free_port()}"
        [observe]
        logs = "{folder}/gateway.log"
        """,
    )


def _written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "target.toml"
    target.write_text("\n".join(line.strip() for line in text.splitlines()), encoding="utf-8")
    return target
