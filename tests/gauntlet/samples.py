"""Small values for the tests of the harness core: a catalogue, a target, checks and their results."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from gauntlet.consumer import Consumer
from gauntlet.ledger import Ledger
from gauntlet.requirement import Catalogue, Requirement
from gauntlet.result import CheckResult
from gauntlet.target import Target
from gauntlet.target_model import TargetFile
from gauntlet.verdict import Verdict

STARTED = dt.datetime(2026, 11, 21, 8, 30, tzinfo=dt.UTC)
TODAY = STARTED.date()
ROWS = {
    "CON-01": ("MUST", "core"),
    "CON-02": ("SHOULD", "core"),
    "CON-03": ("MUST", "core"),
    "IDE-01": ("MUST", "write"),
    "IDE-02": ("SHOULD", "write"),
    "LOD-01": ("MUST", "load"),
}


def catalogue(**not_tested: str) -> Catalogue:
    """A small table: two MUST rows and a SHOULD in core, one of each in write, one MUST in load."""
    rows = {
        row: Requirement(
            row, level, feature, f"text of {row}", ("C",), "source", not_tested.get(row.replace("-", ""), "")
        )
        for row, (level, feature) in ROWS.items()
    }
    return Catalogue(
        requirements=rows,
        families={"CON": "contract", "IDE": "idempotency", "LOD": "load"},
        features={"core": "reads", "write": "creates", "load": "load"},
        profiles={"read-only": ("core",), "read-write": ("core", "write"), "sustained": ("core", "load")},
    )


def check_id(requirement: str, number: int = 1) -> str:
    """The id of the check number `number` of `requirement`."""
    return f"family/test_it.py::test_{requirement.lower().replace('-', '_')}[{number}]"


def result(requirement: str, verdict: Verdict = Verdict.PASS, number: int = 1, **changes: Any) -> CheckResult:
    """A result of the check number `number` of `requirement`."""
    level, feature = ROWS[requirement]
    values: dict[str, Any] = {
        "check": check_id(requirement, number),
        "requirement": requirement,
        "level": level,
        "feature": feature,
        "title": f"title of {requirement}",
        "description": "",
        "verdict": verdict,
        "reason": f"reason of {requirement}" if verdict not in (Verdict.PASS, Verdict.NOT_CLAIMED) else "",
    }
    return CheckResult(**{**values, **changes})


def described(requirement: str, number: int = 1) -> dict[str, Any]:
    """A collected check as the event `collected` tells it."""
    return {
        "check": check_id(requirement, number),
        "requirement": requirement,
        "title": f"title of {requirement}",
        "description": "",
        "tripped_by": ["some-defect"],
        "upstreams": ["epic"],
    }


def target_file(**changes: Any) -> TargetFile:
    """The content of a target file with one table or more replaced."""
    raw = {
        "gateway": {
            "name": "G",
            "base_url": "http://127.0.0.1:{gateway.port}/fhir",
            "launch": {"command": ["true"], "ready": "http://127.0.0.1:1/"},
        },
        "ehr": [{"vendor": "epic"}],
        **changes,
    }
    return TargetFile.model_validate(raw)


def target(claims: tuple[str, ...] = ("write", "load"), waivers: tuple[dict[str, Any], ...] = ()) -> Target:
    """A target that claims core and `claims` and carries `waivers`."""
    parameters: dict[str, Any] = {"write": {"types": ["Condition"]}, "load": {}}
    tables = {name: parameters[name] for name in claims}
    return Target(Path("/nowhere/target.toml"), target_file(claims=tables, waiver=list(waivers)))


def waiver(check: str, expires: dt.date = TODAY) -> dict[str, Any]:
    """A waiver of `check` as the target file holds it."""
    return {"check": check, "reason": "known, being mended", "owner": "jane@example.org", "expires": expires}


def consumer() -> Consumer:
    """An app that asks nobody anything."""
    return Consumer("interactive", "app-1", "http://gateway:8080/fhir/R4", lambda: None, lambda: Ledger(0.0), None)  # type: ignore[arg-type]
