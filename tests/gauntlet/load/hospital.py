"""Runs `hospital_server.py` for a test."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("hospital_server.py")
WHY = "a reason for the numbers"


@contextmanager
def hospital(**faults: Any) -> Iterator[str]:
    """Run the server with `faults`; yield its base URL."""
    process = subprocess.Popen(
        [sys.executable, str(SERVER), json.dumps(faults)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    scheme = "https" if "tls" in faults else "http"
    try:
        yield f"{scheme}://127.0.0.1:{int(process.stdout.readline())}/fhir/R4"
    finally:
        process.stdin.close()
        process.stdout.close()
        process.terminate()
        process.wait(10)


def flat(per_s: float, seconds: float) -> list[dict[str, Any]]:
    return [{"at_s": float(at_s), "per_s": float(per_s), "why": WHY} for at_s in (0, seconds)]
