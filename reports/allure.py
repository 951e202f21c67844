"""What a run found as Allure results: what allure-pytest wrote of a check, with steps, attachments and our verdict.

allure-pytest knows tests and exceptions; a check knows requests on both sides of the gateway, faults, what was expected
and what came, and a verdict that an exception cannot tell (waived, inconclusive).
Source: https://allurereport.org/docs/how-it-works-test-result-file/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from gauntlet.result import CheckResult, Exchange, FaultWindow
from gauntlet.verdict import Verdict
from reports import words
from reports.evidence import SHOWN_WITH_EVIDENCE
from reports.overview import case_of, family_of
from reports.text import cut, one_line
from reports.waterfall import finite, shown

Json = dict[str, Any]

STEPS = 40
TEXT_LENGTH = 20_000
_STATUS = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.WARN: "failed",
    Verdict.NOT_CLAIMED: "skipped",
    Verdict.WAIVED: "skipped",
    Verdict.INCONCLUSIVE: "broken",
    Verdict.ERROR: "broken",
}


@dataclass(frozen=True, slots=True)
class Attached:
    """A file beside a result: what Allure calls it, what it holds, and as what."""

    name: str
    kind: str  # media type
    extension: str
    content: bytes


def check_of(raw: Mapping[str, Any]) -> str:
    """Return the id of the check that a result file is about: its label, else as allure-pytest names tests."""
    for label in raw.get("labels", []):
        if label.get("name") == "check":
            return str(label.get("value"))
    module, _, _ = str(raw.get("fullName", "")).partition("#")
    return f"{module.replace('.', '/')}.py::{raw.get('name', '')}"


def enriched(raw: Mapping[str, Any], check: CheckResult) -> tuple[Json, dict[str, bytes]]:
    """Return the result file of `check` (redacted) and its attachments by name; `raw` is what allure-pytest wrote."""
    case = case_of(check.check)
    files: dict[str, bytes] = {}
    found: Json = {
        **raw,
        "name": one_line(f"{check.requirement} {check.title}" + (f" [{case}]" if case else ""), 300),
        "description": cut(check.description, 4_000),
        "status": _STATUS[check.verdict],
        "labels": [*raw.get("labels", []), *_labels(raw, check)],
        "steps": _steps(check, finite(float(raw.get("start", 0)))),
        "attachments": [],
    }
    found.pop("statusDetails", None)
    if check.verdict is not Verdict.PASS:
        found["statusDetails"] = _details(check)
    for number, item in enumerate(_attached(check)):
        name = f"{raw.get('uuid', 'check')}-{number}-attachment.{item.extension}"
        files[name] = item.content
        found["attachments"].append({"name": item.name, "source": name, "type": item.kind})
    return found, files


def _labels(raw: Mapping[str, Any], check: CheckResult) -> list[dict[str, str]]:
    """Return the labels that a check which was never set up (not claimed) lacks."""
    wanted = {
        "epic": words.family_name(family_of(check.requirement)),
        "feature": check.requirement,
        "severity": "critical" if check.level == "MUST" else "normal",
        "requirement": check.requirement,
        "verdict": check.verdict.value,
    }
    held = {label.get("name") for label in raw.get("labels", [])}
    return [{"name": name, "value": value} for name, value in wanted.items() if name not in held]


def _details(check: CheckResult) -> dict[str, str]:
    message = {Verdict.INCONCLUSIVE: "Inconclusive: ", Verdict.WAIVED: f"Waived: {check.waiver}; "}
    judged = f"expected: {check.expected}\nactual: {check.actual}" if check.expected or check.actual else ""
    return {
        "message": cut(message.get(check.verdict, "") + check.reason, 2_000),
        "trace": cut(check.detail or judged, 4_000),
    }


def _steps(check: CheckResult, origin: float) -> list[Json]:
    """Return faults, then exchanges in their order; what the EHR saw stands below the request that caused it."""
    exchanges, _ = shown(check.exchanges, STEPS)
    found = [_fault(fault, origin) for fault in check.faults]
    outer: Json | None = None
    for item in sorted(exchanges, key=lambda each: (each.started_ms, each.side != "consumer")):
        step = _exchange(item, origin)
        if item.side == "consumer":
            outer = step
        if item.side != "consumer" and outer is not None and step["start"] <= outer["stop"]:
            outer["steps"].append(step)
        else:
            found.append(step)
    return found


def _fault(fault: FaultWindow, origin: float) -> Json:
    name = f"fault {fault.name} at the {fault.where}, took effect {words.counted(fault.applied, 'time')}"
    return _step(name, "passed", origin, fault.started_ms, fault.ended_ms)


def _exchange(item: Exchange, origin: float) -> Json:
    who = "gateway to EHR" if item.side == "ehr" else "consumer to gateway"
    answer = item.note or "no answer" if item.status is None else str(item.status)
    name = f"{who}: {item.method} {item.url}: {answer}"
    status = "passed" if item.status is not None and item.status < 500 else "broken"
    return _step(name, status, origin, item.started_ms, item.started_ms + item.duration_ms)


def _step(name: str, status: str, origin: float, start: float, stop: float) -> Json:
    times = {"start": round(origin + finite(start)), "stop": round(origin + finite(max(start, stop)))}
    return {"name": one_line(name, 300), "status": status, "stage": "finished", "steps": [], **times}


def _attached(check: CheckResult) -> Sequence[Attached]:
    """Return what a reader needs to dispute or repeat a check that did not pass."""
    if check.verdict not in SHOWN_WITH_EVIDENCE:
        return []
    texts = {"expected": check.expected, "actual": check.actual, "curl of the consumer's request": check.curl}
    found = [_text(name, text) for name, text in texts.items() if text]
    found += [_json(f"upstream script: {fault.name}", fault.definition.encode()) for fault in check.faults]
    if check.exchanges:
        told = [asdict(item) for item in shown(check.exchanges, STEPS)[0]]
        found.append(_json("exchanges on both sides", orjson.dumps(told, option=orjson.OPT_INDENT_2)))
    return found


def _text(name: str, text: str) -> Attached:
    return Attached(name, "text/plain", "txt", cut(text, TEXT_LENGTH).encode(errors="replace"))


def _json(name: str, content: bytes) -> Attached:
    return Attached(one_line(name, 120), "application/json", "json", content)
