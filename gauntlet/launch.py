"""Starting the gateway under test from the target file: files, command, environment, readiness."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from gauntlet import ports, process
from gauntlet.errors import SetupError
from gauntlet.placeholder import fill
from gauntlet.process import Process
from gauntlet.target import Target
from gauntlet.target_model import Launch, TargetFile
from gauntlet.tls import tls_context

ROLE = "gateway"


def with_addresses(values: Mapping[str, str], settings: TargetFile) -> dict[str, str]:
    """Return `values` with the gateway's own addresses and the consumers' audience filled in."""
    base_url = fill(settings.gateway.base_url, values, {}).rstrip("/")  # paths are joined with a slash of their own
    parts = urlsplit(base_url)
    complete = {**values, "gateway.base_url": base_url, "gateway.root": f"{parts.scheme}://{parts.netloc}"}
    if settings.claims.mtls is not None:
        complete["mtls.base_url"] = fill(settings.claims.mtls.base_url, complete, {}).rstrip("/")
    complete["consumer.audience"] = fill(settings.consumer.audience, complete, {})
    return complete


def start_gateway(target: Target, values: Mapping[str, str], environment: Mapping[str, str]) -> Process:
    """Write the gateway's files and start its command.

    Raises SetupError when its port is taken or the command is missing, TargetError for a placeholder without a value.
    """
    launch = _launch(target)
    host, port = ports.host_and_port(values["gateway.base_url"])
    ports.require_free(f"{host}:{port}", ROLE)
    folder = Path(values["run_dir"]) / ROLE
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in launch.files.items():
        write_private(folder / name, fill(content, values, environment))
    command = [part for item in launch.command if (part := fill(item, values, environment))]
    env = {name: fill(item, values, environment) for name, item in launch.env.items()}
    cwd = Path(fill(launch.cwd, values, environment))
    return process.start(ROLE, command, Path(values["run_dir"]) / "gateway.log", env=env, cwd=cwd)


def wait_until_ready(
    gateway: Process, target: Target, values: Mapping[str, str], environment: Mapping[str, str]
) -> None:
    """Poll the ready URL until it answers 2xx.

    Raises SetupError with the gateway's last output when it ends first or takes longer than the target file allows.
    """
    launch = _launch(target)
    url = fill(launch.ready, values, environment)
    deadline = time.monotonic() + launch.ready_timeout_s
    seen = "nothing listens there"
    with httpx.Client(timeout=2.0, trust_env=False, verify=tls_context(target.ca_file)) as client:
        while True:
            ending = gateway.ending()
            if ending is not None:
                raise SetupError(
                    f"{ending.sentence()} before it was ready; its last output:\n{ending.last_lines or '(none)'}",
                    hint=f"its whole output is in {gateway.log}",
                )
            try:
                response = client.get(url)
                if response.is_success:
                    return
                seen = f"it answers {response.status_code}"
            except httpx.TransportError as error:
                seen = f"{type(error).__name__}: {error}"
            if time.monotonic() > deadline:
                raise SetupError(
                    f"the gateway did not become ready within {launch.ready_timeout_s:g} s: GET {url}: {seen}; "
                    f"its last output:\n{gateway.last_lines() or '(none)'}",
                    hint="check [gateway.launch] ready in the target file, or raise ready_timeout_s",
                )
            time.sleep(0.05)


def _launch(target: Target) -> Launch:
    launch = target.file.gateway.launch
    assert launch is not None  # noqa: S101 - callers ask for launched targets only
    return launch


def write_private(path: Path, content: str) -> None:
    """Write `content` to `path`, readable by the owner only. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
