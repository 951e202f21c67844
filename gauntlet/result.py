"""The result types: what a run found, as plain values that every report renders.

`reports` knows these types and nothing else of the harness. `results.json` is `RunResult` as JSON (`to_json`), and
`from_json` reads it back without loss.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from gauntlet.load_result import LoadResult, load_from
from gauntlet.verdict import Outcome, Verdict

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP exchange as evidence, seen from the consumer's side or from the EHR's journal.

    `started_ms` counts milliseconds from the start of the check; a body is cut to a few kB. `status` is None when
    there was no answer, and `note` says why (time-out, reset, dropped by a fault).
    """

    side: str  # "consumer" or "ehr"
    started_ms: float
    duration_ms: float
    method: str
    url: str
    status: int | None
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: str = ""
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""
    note: str = ""
    faults: list[str] = field(default_factory=list)  # names of the faults applied to it, EHR side only


@dataclass(frozen=True, slots=True)
class FaultWindow:
    """A fault that was in force during a check, for the waterfall. Times in ms from the start of the check."""

    name: str
    where: str  # "ehr" or "network"
    started_ms: float
    ended_ms: float
    applied: int  # how often it took effect, as the journal or the probe saw it
    definition: str  # the fault as JSON text: the upstream script


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check and everything a vendor needs to dispute or repeat it."""

    check: str  # stable id, "security/test_tokens.py::test_expired_token"
    requirement: str  # "AUT-02"
    level: str  # "MUST" or "SHOULD"
    feature: str  # "core", "write", "resilience", ...
    title: str  # first line of the check's docstring
    description: str  # the rest of it: what, why it matters, specification
    verdict: Verdict
    reason: str = ""  # one line: why it failed, warned, was inconclusive or waived
    expected: str = ""
    actual: str = ""
    hint: str = ""
    started_s: float = 0.0  # seconds from the start of the run
    duration_s: float = 0.0
    exchanges: list[Exchange] = field(default_factory=list)
    faults: list[FaultWindow] = field(default_factory=list)
    curl: str = ""  # repeats the consumer's leg of the exchange that was judged; secrets replaced by $NAMES
    tripped_by: list[str] = field(default_factory=list)  # the defects known to make this check fail
    waiver: str = ""  # who waived it, why, until when
    detail: str = ""  # traceback of a harness error, else empty
    measured: dict[str, float] = field(default_factory=dict)  # figures the check wants shown, name -> value
    steps: list[str] = field(default_factory=list)  # kinds of what was executed, in order (gauntlet.steps)


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One requirement and whether anything judges it."""

    id: str
    level: str
    feature: str
    text: str
    judged_from: list[str]
    source: str
    checks: int
    not_tested: str = ""  # dated reason when `checks` is 0
    behind: list[str] = field(default_factory=list)  # vendors of EHRs behind which it applies; none: every one
    fix: str = ""  # where to look first when it does not hold


@dataclass(frozen=True, slots=True)
class ProfileResult:
    """One certificate profile: `outcome` over the rows of its features."""

    name: str  # "read-only", "read-write", "resilient", "accountable", "sustained"
    outcome: Outcome
    reason: str
    features: list[str]
    claimed: bool  # every feature of it is claimed
    musts: int  # MUST rows it consists of
    musts_tested: int  # of these, rows with at least one check that ran


@dataclass(frozen=True, slots=True)
class Target:
    """The gateway under test, as its target file names it."""

    name: str
    vendor: str
    version: str
    base_url: str
    file: str
    claims: list[str]
    ehr: str  # vendor of the upstream


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run."""

    run_id: str
    started: str  # UTC, ISO 8601 with Z
    duration_s: float
    suite_version: str
    seed: int
    command: str  # what repeats the run
    target: Target
    outcome: Outcome
    exit_code: int
    reason: str
    checks: list[CheckResult]
    profiles: list[ProfileResult]
    requirements: list[RequirementRow]
    load: list[LoadResult]
    deselected: int
    unasked: int = 0  # checks beyond the job that was asked for (a load profile, a quick gate): not judged, not missed
    notes: list[str] = field(default_factory=list)  # waiver problems, which network server ran, and the like
    schema_version: int = SCHEMA_VERSION


def to_json(run: RunResult) -> bytes:
    """Return `run` as indented JSON."""
    return orjson.dumps(asdict(run), option=orjson.OPT_INDENT_2)


def from_json(data: bytes) -> RunResult:
    """Read a `RunResult` back from `to_json`'s output.

    Raises ValueError when the data is not JSON or of another schema version, KeyError or TypeError when fields are
    missing or unknown.
    """
    raw: dict[str, Any] = orjson.loads(data)
    if raw.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"results of schema version {raw.get('schema_version')!r}, this reads {SCHEMA_VERSION}")
    return RunResult(
        **{
            **raw,
            "target": Target(**raw["target"]),
            "outcome": Outcome(raw["outcome"]),
            "checks": [check_from(item) for item in raw["checks"]],
            "profiles": [ProfileResult(**{**item, "outcome": Outcome(item["outcome"])}) for item in raw["profiles"]],
            "requirements": [RequirementRow(**item) for item in raw["requirements"]],
            "load": [load_from(item) for item in raw["load"]],
        }
    )


def check_from(raw: dict[str, Any]) -> CheckResult:
    """Return the `CheckResult` that `raw` (its `asdict`) describes."""
    return CheckResult(
        **{
            **raw,
            "verdict": Verdict(raw["verdict"]),
            "exchanges": [Exchange(**item) for item in raw["exchanges"]],
            "faults": [FaultWindow(**item) for item in raw["faults"]],
        }
    )
