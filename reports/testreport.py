"""A run as a FHIR R4 TestReport, for registries and servers that collect conformance in FHIR's own form.

One `test` a requirement, one assertion a check. What could not be judged is an error, never a pass.
Source: https://hl7.org/fhir/R4/testreport.html.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from gauntlet.load_result import LoadResult
from gauntlet.result import CheckResult, RunResult
from gauntlet.verdict import Outcome, Verdict
from reports import words
from reports.text import cut, redacted

MESSAGE_LENGTH = 2_000
_RESULTS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.WARN: "warning",
    Verdict.NOT_CLAIMED: "skip",
    Verdict.WAIVED: "skip",
    Verdict.INCONCLUSIVE: "error",
    Verdict.ERROR: "error",
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s\"<>\\^`{}|]{1,500}", re.IGNORECASE)


def render(run: RunResult) -> bytes:
    """Return `run` as a TestReport in FHIR JSON."""
    run = redacted(run)
    tests = [*_tests(run), *(_load_test(load) for load in run.load)]
    report: dict[str, Any] = {
        "resourceType": "TestReport",
        "identifier": {"system": "urn:gauntlet:run", "value": _text(run.run_id, 200)},
        "name": _text(f"Gauntlet {run.suite_version}: {run.target.name} {run.target.version}", 300),
        "status": "completed",
        "testScript": {"display": _text(f"Gauntlet suite {run.suite_version}, seed {run.seed}", 200)},
        "result": _result(run.outcome),
        "score": _score(run.checks),
        "tester": _text(f"Gauntlet {run.suite_version}", 200),
        "issued": run.started if _INSTANT.fullmatch(run.started) else None,
        "participant": _participants(run),
        "test": tests or None,
    }
    present = {name: value for name, value in report.items() if value is not None}
    return orjson.dumps(present, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _result(outcome: Outcome) -> str:
    """Return pass or fail for a verdict, and pending for a run that gave none."""
    return {Outcome.CONFORMANT: "pass", Outcome.NON_CONFORMANT: "fail"}.get(outcome, "pending")


def _score(checks: Sequence[CheckResult]) -> float | None:
    """Return the percentage of passed checks among those that were judged, None when none was."""
    judged = [check for check in checks if check.verdict in (Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.WAIVED)]
    passed = sum(check.verdict is Verdict.PASS for check in judged)
    return round(100 * passed / len(judged), 1) if judged else None


def _participants(run: RunResult) -> list[dict[str, str]]:
    gateway = " ".join(filter(None, (run.target.vendor, run.target.name, run.target.version)))
    where = run.target.base_url if _URI.fullmatch(run.target.base_url) else "urn:gauntlet:gateway"
    return [
        {"type": "test-engine", "uri": "urn:gauntlet", "display": _text(f"Gauntlet {run.suite_version}", 200)},
        {"type": "server", "uri": where, "display": _text(gateway, 300)},
    ]


def _tests(run: RunResult) -> list[dict[str, Any]]:
    texts = {row.id: f"{row.level} {row.text}" for row in run.requirements}
    by_requirement: dict[str, list[CheckResult]] = {}
    for check in run.checks:
        by_requirement.setdefault(check.requirement, []).append(check)
    return [
        {
            "name": _text(requirement, 100),
            "description": _text(texts.get(requirement, requirement), 1_000),
            "action": [_assertion(check) for check in checks],
        }
        for requirement, checks in by_requirement.items()
    ]


def _assertion(check: CheckResult) -> dict[str, Any]:
    parts = [check.title, check.reason or check.waiver]
    if check.verdict in (Verdict.FAIL, Verdict.WARN):
        parts += [
            f"expected: {check.expected}" if check.expected else "",
            f"actual: {check.actual}" * bool(check.actual),
        ]
    message = "\n\n".join(part for part in parts if part.strip())
    return _assert(_RESULTS[check.verdict], message, check.check)


def _load_test(load: LoadResult) -> dict[str, Any]:
    told = "; ".join(f"{item.label}: limit {item.limit:g}, measured {item.measured:g}" for item in load.objectives)
    message = "\n\n".join(filter(None, (load.reason, told))) or words.VERDICTS[load.verdict].meaning
    return {
        "name": _text(f"load profile {load.profile}", 100),
        "description": _text(load.why, 1_000),
        "action": [_assert(_RESULTS[load.verdict], message, f"seed {load.seed}")],
    }


def _assert(result: str, message: str, detail: str) -> dict[str, Any]:
    return {"assert": {"result": result, "message": _text(message, MESSAGE_LENGTH), "detail": _text(detail, 300)}}


def _text(text: str, limit: int) -> str:
    """Return `text` as a FHIR string: not empty, and without white space around it."""
    return cut(text.strip(), limit).strip() or "-"
