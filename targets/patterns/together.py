"""Starts several programs as one gateway: `together.py FOLDER`, with FOLDER/together.json.

    {"ports": ["desk"], "files": ["nginx.conf"], "programs": [{"command": [...], "env": {...}, "port": "desk"}]}

Each name in `ports` gets a free port of loopback, and stands in `files`, commands and environments as @desk@. Programs
start in their order, the next one when the port of the one before listens. When one of them ends, all end.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

_START_S = 15.0


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def filled(text: str, ports: dict[str, int]) -> str:
    """Return `text` with @name@ replaced by the port of that name."""
    for name, port in ports.items():
        text = text.replace(f"@{name}@", str(port))
    return text


def listens(port: int, program: subprocess.Popen[bytes]) -> bool:
    """Wait until somebody listens; False when the program ended or took too long."""
    deadline = time.monotonic() + _START_S
    while program.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def start(folder: Path, running: list[subprocess.Popen[bytes]]) -> bool:
    """Start every program of the plan in `folder`; False when one of them does not come up."""
    plan = json.loads((folder / "together.json").read_text(encoding="utf-8"))
    ports = {name: free_port() for name in plan["ports"]}
    for name in plan["files"]:
        (folder / name).write_text(filled((folder / name).read_text(encoding="utf-8"), ports), encoding="utf-8")
    for item in plan["programs"]:
        command = [filled(part, ports) for part in item["command"]]
        env = {name: filled(text, ports) for name, text in item.get("env", {}).items()}
        running.append(subprocess.Popen(command, env={**os.environ, **env}))
        if "port" in item and not listens(ports[item["port"]], running[-1]):
            return False
    return True


def stop(_number: int, _frame: FrameType | None) -> None:
    """End by way of the `finally` below."""
    raise SystemExit(0)


def main() -> int:
    """Run until one program ends or a signal comes; end the others and return the exit status."""
    signal.signal(signal.SIGTERM, stop)
    running: list[subprocess.Popen[bytes]] = []
    try:
        if start(Path(sys.argv[1]), running):
            os.wait()
        return 1
    finally:
        for program in running:
            program.terminate()
        for program in running:
            program.wait()


if __name__ == "__main__":
    sys.exit(main())
