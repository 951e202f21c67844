"""One interaction verified against the gateway, in a process of its own with a hard end."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gauntlet.errors import HarnessError, Inconclusive
from gauntlet.process import die_with_parent

LIMIT_S = 60.0  # it takes half a second; only so that nothing can hang
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One way in which an answer is not what the contract asks for."""

    kind: str  # "BodyMismatch"
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path or self.kind}: {self.text}"


def require_pact() -> None:
    """Raise Inconclusive when pact-python is not installed."""
    if importlib.util.find_spec("pact") is None:
        raise Inconclusive("contracts need pact-python, which is not installed: pip install 'gauntlet-ehr[contract]'")


def verify(pact: Mapping[str, Any], url: str) -> list[Mismatch]:
    """Return how the provider at `url` breaks the one interaction of `pact`; an empty list means that it holds.

    Raises HarnessError when the verifier leaves no usable result, Inconclusive when it verified nothing or did not end
    in time.
    """
    with tempfile.TemporaryDirectory(prefix="gauntlet-") as folder:
        pact_file, result = Path(folder) / "pact.json", Path(folder) / "result.json"
        pact_file.write_text(json.dumps(pact), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "gauntlet.contracts.verifier", str(pact_file), url, str(result)]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment(os.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=LIMIT_S,
                check=False,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        except subprocess.TimeoutExpired:
            raise Inconclusive(f"the contract's verifier did not end within {LIMIT_S:g} s") from None
        if not result.exists():
            tail = done.stderr.decode(errors="replace")[-1500:]
            raise HarnessError(f"the contract's verifier left no result (exit status {done.returncode}):\n{tail}")
        return mismatches(json.loads(result.read_bytes()))


def environment(outer: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the verifier: no telemetry, no proxy, nothing else from outside."""
    kept = {name: outer[name] for name in _KEPT if name in outer}
    return {**kept, "PACT_DO_NOT_TRACK": "true", "NO_PROXY": "*", "PYTHONSAFEPATH": "1"}


def mismatches(results: Mapping[str, Any]) -> list[Mismatch]:
    """Return what a verifier's results say. Raises Inconclusive unless exactly one interaction was verified."""
    verified = results.get("interactionResults", [])
    if len(verified) != 1:
        raise Inconclusive(f"the verifier looked at {len(verified)} interactions, not at one: it proves nothing")
    told = (verified[0].get("mismatch") or {}) if verified[0]["result"] != "OK" else {}
    found = [
        Mismatch(str(item.get("type", "")), _place(item), str(item.get("mismatch", "")))
        for item in told.get("mismatches", [])
    ]
    if not found and (verified[0]["result"] != "OK" or not results.get("result")):
        found = [Mismatch("Error", "", str(told.get("message") or results.get("errors") or verified[0]["result"]))]
    return sorted(found, key=str)


def _place(item: Mapping[str, Any]) -> str:
    return str(item.get("path") or item.get("key") or item.get("parameter") or "")
