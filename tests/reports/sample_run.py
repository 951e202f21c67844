"""Runs made up for the report tests: one for each situation that a report has to show well."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from typing import Any

from gauntlet.result import CheckResult, FaultWindow, ProfileResult, RunResult, Target
from gauntlet.verdict import Judged, Outcome, Verdict, exit_code, outcome
from tests.reports.sample_catalogue import PER_ROW, requirement_rows
from tests.reports.sample_checks import (
    BASE,
    EHR,
    HOSTILE,
    TOKEN,
    check,
    exchange,
    expired_token,
    impatient_retry,
    lost_answer,
)
from tests.reports.sample_load import load

PROFILES = {
    "read-only": ["core", "mapping"],
    "read-write": ["core", "write", "idempotency"],
    "resilient": ["core", "resilience", "throttling"],
    "accountable": ["core", "audit", "consent"],
    "sustained": ["core", "load"],
}
CLAIMS = [
    "mapping",
    "write",
    "idempotency",
    "resilience",
    "throttling",
    "audit",
    "load",
    "observability",
    "rollout",
]


def target(**changes: Any) -> Target:
    plain = Target(
        name="Northwind Interface Gateway",
        vendor="Northwind Health",
        version="4.2.1",
        base_url=BASE,
        file="targets/northwind.toml",
        claims=CLAIMS,
        ehr="epic",
    )
    return replace(plain, **changes)


def default_checks() -> list[CheckResult]:
    rows = [row for row in requirement_rows() if row.checks]
    return [check(row.id, number) for row in rows for number in range(1, row.checks + 1)]


def replaced(*news: CheckResult) -> list[CheckResult]:
    """Return the passing checks; each of `news` takes the place of one of the same requirement."""
    checks = default_checks()
    taken: Counter[str] = Counter()
    for new in news:
        places = [place for place, old in enumerate(checks) if old.requirement == new.requirement]
        checks[places[taken[new.requirement]]] = new
        taken[new.requirement] += 1
    return checks


def profile(name: str, features: list[str], checks: list[CheckResult], claims: list[str]) -> ProfileResult:
    mine = [item for item in checks if item.feature in features]
    claimed = all(feature in ("core", *claims) for feature in features)
    found = outcome([Judged(item.verdict, item.level, item.feature) for item in mine], deselected=0)
    failed = sorted({item.requirement for item in mine if item.verdict is Verdict.FAIL})
    musts = [row for row in requirement_rows() if row.feature in features and row.level == "MUST" and row.checks]
    return ProfileResult(
        name=name,
        outcome=found if claimed else Outcome.INCONCLUSIVE,
        reason=f"fails {', '.join(failed)}" if failed else "" if claimed else "not every feature of it is claimed",
        features=features,
        claimed=claimed,
        musts=len(musts),
        musts_tested=len(musts) if claimed else sum(row.feature == "core" for row in musts),
    )


def run(checks: list[CheckResult], **changes: Any) -> RunResult:
    found = changes.pop("outcome", None) or outcome(
        [Judged(item.verdict, item.level, item.feature) for item in checks],
        deselected=changes.get("deselected", 0),
    )
    where: Target = changes.pop("target", target())
    plain = RunResult(
        run_id="20260615T073000Z-7f3a",
        started="2026-06-15T07:30:00Z",
        duration_s=143.2,
        suite_version="0.1.0",
        seed=7,
        command=f"gauntlet run --target {where.file} --seed 7",
        target=where,
        outcome=found,
        exit_code=exit_code(found),
        reason="",
        checks=checks,
        profiles=[profile(name, features, checks, where.claims) for name, features in PROFILES.items()],
        requirements=requirement_rows(),
        load=[],
        deselected=0,
        notes=["network faults through the built-in server"],
    )
    return replace(plain, **changes)


def all_pass() -> RunResult:
    return run(default_checks(), load=[load()], reason="every claimed requirement holds")


def mixture() -> RunResult:
    """Some of everything: failures, a warning, a waiver, not judged, a harness error, not claimed."""
    checks = replaced(
        expired_token(),
        check("AUT-02", 2, Verdict.FAIL, reason="wrong audience accepted", expected="401", actual="200"),
        impatient_retry(),
        lost_answer(),
        check(
            "CON-16",
            1,
            Verdict.WARN,
            reason="no ETag on a read",
            expected="an ETag header",
            actual="no ETag header",
        ),
        check(
            "AUT-08",
            1,
            Verdict.WAIVED,
            reason="tolerates 120 s",
            expected="60 s at most",
            actual="120 s",
            waiver="J. Rivera until 2026-09-30: shared clock service is being replaced",
        ),
        check("UPA-04", 1, Verdict.INCONCLUSIVE, reason="the control request was not seen at the EHR"),
        check(
            "OBS-04",
            1,
            Verdict.ERROR,
            reason="KeyError in the check",
            detail="Traceback (most recent call last):\n  KeyError: 'up'",
        ),
        *(
            check(name, number, Verdict.NOT_CLAIMED)
            for name in ("CST-01", "AUT-09")
            for number in range(1, PER_ROW + 1)
        ),
    )
    return run(checks, load=[load()], reason="3 MUST requirements fail")


def nothing_claimed() -> RunResult:
    """The EHR asked directly, without a gateway: only the core applies, and a part of it fails."""
    claimed = {"core"}
    checks = [
        item if item.feature in claimed else replace(item, verdict=Verdict.NOT_CLAIMED)
        for item in replaced(expired_token())
    ]
    where = target(
        name="Epic, directly",
        vendor="none",
        version="",
        base_url=EHR,
        file="targets/direct-epic.toml",
        claims=[],
    )
    return run(checks, target=where, reason="AUT-02 fails")


def killed() -> RunResult:
    """A process of the lab was killed half-way: what came after could not be judged."""
    checks = [
        item if place < 40 else replace(item, verdict=Verdict.INCONCLUSIVE, reason="the mock EHR was killed (signal 9)")
        for place, item in enumerate(default_checks())
    ]
    return run(checks, reason="the mock EHR was killed (signal 9) 41 s into the run")


def nothing_ran() -> RunResult:
    return run([], reason="no check was selected", deselected=140, requirements=requirement_rows())


def load_failing() -> RunResult:
    checks = replaced(
        check(
            "LOD-01",
            1,
            Verdict.FAIL,
            reason="p99 of 4120 ms, 1500 ms allowed",
            expected="1500",
            actual="4120",
        )
    )
    return run(checks, load=[load(failing=True), load()], reason="LOD-01 fails")


def hostile() -> RunResult:
    """Every text that a gateway or a check can put into a result is an attack or far too long."""
    nasty = HOSTILE + "A" * 100_000
    bad = exchange(
        "ehr",
        1.0,
        2.0,
        500,
        url=nasty,
        method="GET\r\nX: y",
        request_headers={HOSTILE: nasty},
        response_body=nasty,
        note=nasty,
    )
    checks = [
        check(
            "AUT-02",
            number,
            verdict,
            check=f"{HOSTILE}::{number}",
            title=nasty,
            description=nasty,
            reason=nasty,
            expected=nasty,
            actual=nasty,
            hint=nasty,
            curl=f"curl -H 'Authorization: Bearer {TOKEN}' {nasty}",
            detail=nasty,
            waiver=nasty,
            tripped_by=[nasty],
            measured={HOSTILE: math.nan, "inf": math.inf},
            exchanges=[
                bad,
                exchange("consumer", math.nan, -5.0, None, note=f"sent Authorization: Bearer {TOKEN}"),
            ],
            faults=[FaultWindow(nasty, HOSTILE, -1.0, math.inf, 0, nasty)],
        )
        for number, verdict in enumerate(Verdict)
    ]
    spoiled = replace(load(failing=True), profile=HOSTILE, why=nasty, reason=nasty, sample_errors=[nasty])
    where = target(name=nasty, vendor=nasty, version=nasty, base_url=nasty, file=nasty, claims=[nasty])
    return run(checks, target=where, reason=nasty, command=nasty, notes=[nasty], load=[spoiled], run_id=nasty)


def crowded(failing: int = 150) -> RunResult:
    """Every check of a large run fails with a storm of exchanges and bodies of 4 kB."""
    body = json.dumps({"text": "x" * 1900, "more": ["\"<&>'"] * 100})
    storm = [exchange("consumer", 0.0, 900.0, 502)] + [
        exchange("ehr", place * 9.0, 8.0, 500, response_body=body, request_body=body) for place in range(60)
    ]
    names = [row.id for row in requirement_rows()]
    checks = [
        replace(impatient_retry(), check=f"crowd::{place}", requirement=names[place % len(names)], exchanges=storm)
        for place in range(failing)
    ]
    return run(checks)
