"""The programs beside the targets of integration patterns, run by path as the targets run them."""

from __future__ import annotations

import base64
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "targets" / "patterns"


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("authorization", "client"),
    [
        (f"Bearer {part({'alg': 'RS256'})}.{part({'client_id': 'app-batch'})}.c2ln", "app-batch"),
        (f"Bearer {part({})}.{part({'client_id': 7})}.c2ln", ""),
        (f"Bearer {part({})}.{part({'client_id': 'a' + chr(10) + 'b'})}.c2ln", ""),
        (f"Bearer {part({})}.{part(['client_id'])}.c2ln", ""),
        ("Bearer rubbish", ""),
        ("Bearer a.%%%.c", ""),
        ("", ""),
    ],
)
def test_an_adapter_is_chosen_by_the_client_of_the_token(authorization, client):
    assert runpy.run_path(str(FOLDER / "adapter_choice.py"))["client_of"](authorization) == client


def together(folder: Path, programs: list[dict[str, object]]) -> subprocess.CompletedProcess[bytes]:
    (folder / "seen.txt").write_text("port @desk@")
    plan = {"ports": ["desk"], "files": ["seen.txt"], "programs": programs}
    (folder / "together.json").write_text(json.dumps(plan))
    command = [sys.executable, "-P", str(FOLDER / "together.py"), str(folder)]
    return subprocess.run(command, timeout=60, check=False, capture_output=True)


def python(code: str, *arguments: str) -> dict[str, object]:
    return {"command": [sys.executable, "-c", code, *arguments]}


LISTEN = """
import socket, sys, threading
with socket.create_server(('127.0.0.1', int(sys.argv[1]))):
    threading.Event().wait()
"""


def test_all_end_when_one_ends(tmp_path):
    ended = together(tmp_path, [{**python(LISTEN, "@desk@"), "port": "desk"}, python("")])
    assert ended.returncode == 1
    assert (tmp_path / "seen.txt").read_text().removeprefix("port ").isdigit()


def test_a_program_that_does_not_come_up_ends_the_start(tmp_path):
    ended = together(tmp_path, [{**python(""), "port": "desk"}, python("print('started', flush=True)")])
    assert (ended.returncode, ended.stdout) == (1, b"")
