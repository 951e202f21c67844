"""Runs Schemathesis as a process of its own, with a hard end, and reads what it found.

Its exit code says little: nothing tested, everything refused and a wrong token all end with 0. The verdict comes from
its JSON report and from our own record of the answers.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gauntlet.errors import HarnessError, Inconclusive
from gauntlet.process import die_with_parent

LIMIT_S = 150.0
ORDER_VARIABLE = "GAUNTLET_FUZZING_ORDER"
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "SSL_CERT_FILE")
_CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
_NOISY = (
    "response_headers_conformance",
    "positive_data_acceptance",
    "negative_data_rejection",
    "use_after_free",
    "ensure_resource_availability",
    "missing_required_header",
    "ignored_auth",
    "object_level_authorization",
    "unsupported_method",
    "allow_header_conformance",
)


@dataclass(frozen=True)
class Order:
    """What is to be fuzzed: charts by index of a population, the API, a token, how much."""

    seed: int
    population: int
    charts: Sequence[int]
    base_url: str
    ehr: str
    api: str  # file or URL of the OpenAPI document
    own: bool  # the document is of our making: then every operation must have been served
    examples: int


@dataclass(frozen=True)
class Fuzzed:
    """What Schemathesis found: failures by kind (type, or name of our own check), and the answers it got."""

    failures: Mapping[str, list[str]]  # kind to operations
    told: Sequence[Mapping[str, Any]]  # failing exchanges of our own checks
    requests: int
    operations: int


def require_schemathesis() -> None:
    """Raise Inconclusive when Schemathesis is not installed. It is not imported: it belongs into its own process."""
    if importlib.util.find_spec("schemathesis") is None:
        raise Inconclusive(
            "the published API is tried by Schemathesis, which is not installed: pip install 'gauntlet-ehr[contract]'"
        )


def fuzz(order: Order, token: str, folder: Path) -> Fuzzed:
    """Run Schemathesis below `folder` and return what it found.

    Raises Inconclusive when it did not test what it was told to or did not end in time, HarnessError when it crashed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    token_file, report, answers = folder / "token", folder / "report.json", folder / "answers.ndjson"
    config, order_file = folder / "schemathesis.toml", folder / "order.json"
    config.write_text(configuration(order), encoding="utf-8")
    answers.write_bytes(b"")
    facts = {**vars(order), "token_file": str(token_file), "answers": str(answers)}
    order_file.write_text(json.dumps(facts), encoding="utf-8")
    token_file.touch(mode=0o600)
    token_file.write_text(token, encoding="utf-8")
    try:
        code = _run(command(order, config, report), folder, order_file)
    finally:
        token_file.unlink()
    return read_findings(report, answers, code, folder / "schemathesis.log", own=order.own)


def command(order: Order, config: Path, report: Path) -> list[str]:
    """Return the command: one worker (threads crash CPython 3.11 there), no phase that depends on state."""
    schemathesis = [sys.executable, "-P", "-m", "schemathesis.cli", "--config-file", str(config), "run", order.api]
    phases = ["--phases", "examples,coverage,fuzzing", "--workers", "1"]
    return [*schemathesis, *phases, "--report", "json", "--report-json-path", str(report), "--no-color"]


def configuration(order: Order) -> str:
    """Return Schemathesis' configuration file."""
    lines = [
        f"base-url = {json.dumps(order.base_url)}",
        f"seed = {order.seed % 2**31}",
        "request-timeout = 15.0",
        "max-redirects = 0",
        "[generation]",
        f"max-examples = {order.examples}",
        "deterministic = true",
        'database = "none"',
        "allow-x00 = false",
        "[phases.coverage]",
        "unexpected-methods = []",
    ]
    lines += [line for name in _NOISY for line in (f"[checks.{name}]", "enabled = false")]
    return "\n".join(lines) + "\n"


def environment(outer: Mapping[str, str], order_file: Path) -> dict[str, str]:
    """Return the environment: our hooks and order, no proxy, nobody's settings."""
    kept = {name: outer[name] for name in _KEPT if name in outer}
    return {
        **kept,
        "HOME": str(order_file.parent),
        "NO_PROXY": "*",
        "PYTHONSAFEPATH": "1",
        "SCHEMATHESIS_HOOKS": "gauntlet.fuzzing.hooks",
        ORDER_VARIABLE: str(order_file),
    }


def _run(command_line: Sequence[str], folder: Path, order_file: Path) -> int:
    with (folder / "schemathesis.log").open("wb") as log:
        try:
            return subprocess.run(
                command_line,
                cwd=folder,
                env=environment(os.environ, order_file),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=LIMIT_S,
                check=False,
                preexec_fn=die_with_parent(signal.SIGKILL),
            ).returncode
        except subprocess.TimeoutExpired:
            raise Inconclusive(f"Schemathesis did not end within {LIMIT_S:g} s: lower [contract] examples") from None


def read_findings(report: Path, answers: Path, code: int, log: Path, *, own: bool) -> Fuzzed:
    """Return what a finished run found. Raises HarnessError without a report, Inconclusive when it proves nothing."""
    if not report.exists() or not report.stat().st_size:
        tail = log.read_text(encoding="utf-8", errors="replace")[-1500:]
        raise HarnessError(f"Schemathesis left no report (exit status {code}):\n{tail}")
    told = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    facts = json.loads(report.read_bytes())
    calls = [item for item in told if "failed" not in item]
    obstacle = _obstacle(facts) or _unserved(calls, own=own)
    if obstacle:
        raise Inconclusive(f"the published API was not tried: {obstacle}")
    failures = {_kind(item): list(item["operations"]) for item in facts["failures"]}
    failing = [item for item in told if "failed" in item]
    return Fuzzed(failures, failing, len(calls), int(facts["operations"]["tested"]))


def _kind(failure: Mapping[str, Any]) -> str:
    """Return the type of a failure, the name of the check for one of our own."""
    title = str(failure["title"])
    return title.split("`")[1] if "`" in title else str(failure["type"])


def _obstacle(facts: Mapping[str, Any]) -> str:
    operations = facts["operations"]
    if not facts.get("complete", False):
        return f"it stopped early ({facts.get('stop_reason')})"
    if not operations["tested"] or operations["tested"] != operations["selected"]:
        return f"{operations['tested']} of {operations['selected']} operations were tested"
    if facts["errors"]:
        return f"errors: {str(facts['errors'])[:300]}"
    return ""


def _unserved(calls: Iterable[Mapping[str, Any]], *, own: bool) -> str:
    """Return which operation was never served: whoever refuses everything has shown nothing."""
    answered: dict[str, Counter[int]] = {}
    for call in calls:
        answered.setdefault(str(call["operation"]), Counter())[int(call["status"])] += 1
    served = {name for name, found in answered.items() if any(status < 300 for status in found)}
    refused = sorted(answered.keys() - served)
    if not served or (own and refused):
        name = refused[0] if refused else "nothing"
        return f"{name} was answered with {dict(answered.get(name, {}))} only, never served"
    return ""
