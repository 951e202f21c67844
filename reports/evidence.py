"""The evidence of one check as the page shows it: cut to what keeps a whole run's report small."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gauntlet.result import CheckResult, Exchange, FaultWindow, RequirementRow, RunResult
from gauntlet.verdict import Verdict
from reports.jsontext import pretty
from reports.text import cut
from reports.waterfall import Waterfall, drawn, shown

SHOWN_WITH_EVIDENCE = (Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.WAIVED)
EVIDENCE_BYTES = 1_200_000
MARKUP_BYTES = 1_300  # of one exchange, without its bodies and headers
TEXT_LENGTH = 4_000
DEFINITION_LENGTH = 2_000
FAULTS = 12
HEADERS = 24


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of each check's evidence the page shows: exchanges a check, and characters a body."""

    exchanges: int
    body: int


ALLOWANCES = (
    Allowance(40, 4_000),
    Allowance(24, 2_000),
    Allowance(16, 800),
    Allowance(10, 300),
    Allowance(6, 120),
    Allowance(2, 80),
)


@dataclass(frozen=True, slots=True)
class Script:
    """One fault as it was armed upstream."""

    name: str
    where: str
    applied: int
    definition: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a reader needs to dispute or repeat one check."""

    check: CheckResult
    anchor: str
    family: str
    requirement: RequirementRow | None
    waterfall: Waterfall | None
    exchanges: list[Exchange]
    omitted: int
    scripts: list[Script]


def allowance(run: RunResult) -> Allowance:
    """Return the most generous allowance with which the evidence of `run` fits, else the smallest."""
    checks = [check for check in run.checks if check.verdict in SHOWN_WITH_EVIDENCE]
    for candidate in ALLOWANCES:
        if sum(_size(check, candidate) for check in checks) <= EVIDENCE_BYTES:
            return candidate
    return ALLOWANCES[-1]


def _size(check: CheckResult, allowed: Allowance) -> int:
    texts = [
        check.description,
        check.expected,
        check.actual,
        check.reason,
        check.hint,
        check.curl,
        check.detail,
    ]
    exchanges, _ = shown(check.exchanges, allowed.exchanges)
    return 3_000 + sum(min(len(text), TEXT_LENGTH) for text in texts) + sum(_bytes(item, allowed) for item in exchanges)


def _bytes(item: Exchange, allowed: Allowance) -> int:
    body = _escaped(item.request_body, allowed.body) + _escaped(item.response_body, allowed.body)
    headers = [*item.request_headers.items(), *item.response_headers.items()]
    return MARKUP_BYTES + body + sum(len(name) + min(len(value), 300) + 30 for name, value in headers[: 2 * HEADERS])


def _escaped(text: str, limit: int) -> int:
    part = text[:limit]
    return len(part.encode(errors="replace")) + 4 * sum(part.count(sign) for sign in "\"'<>&")


def evidence(check: CheckResult, anchor: str, row: RequirementRow | None, allowed: Allowance) -> Evidence:
    """Return the evidence of `check` cut to `allowed`."""
    exchanges, omitted = shown(check.exchanges, allowed.exchanges)
    faults = check.faults[:FAULTS]
    return Evidence(
        check=check,
        anchor=anchor,
        family=check.requirement.partition("-")[0],
        requirement=row,
        waterfall=drawn(exchanges, faults),
        exchanges=[_cut(item, allowed) for item in exchanges],
        omitted=omitted,
        scripts=[_script(fault) for fault in faults],
    )


def gathered(
    checks: Iterable[CheckResult],
    links: Mapping[str, str],
    rows: Mapping[str, RequirementRow],
    allowed: Allowance,
) -> list[Evidence]:
    """Return the evidence of each of `checks`; `links` are their anchors, `rows` the requirements by id."""
    return [evidence(check, links[check.check], rows.get(check.requirement), allowed) for check in checks]


def _cut(item: Exchange, allowed: Allowance) -> Exchange:
    return Exchange(
        side=item.side,
        started_ms=item.started_ms,
        duration_ms=item.duration_ms,
        method=cut(item.method, 20),
        url=cut(item.url, 600),
        status=item.status,
        request_headers=_headers(item.request_headers),
        request_body=cut(pretty(item.request_body, allowed.body), allowed.body),
        response_headers=_headers(item.response_headers),
        response_body=cut(pretty(item.response_body, allowed.body), allowed.body),
        note=cut(item.note, 600),
        faults=[cut(name, 80) for name in item.faults[:FAULTS]],
    )


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {cut(name, 80): cut(value, 300) for name, value in list(headers.items())[:HEADERS]}
    if len(headers) > HEADERS:
        kept["…"] = f"{len(headers) - HEADERS} more headers"
    return kept


def _script(fault: FaultWindow) -> Script:
    return Script(
        cut(fault.name, 120),
        cut(fault.where, 40),
        fault.applied,
        cut(pretty(fault.definition, DEFINITION_LENGTH), DEFINITION_LENGTH),
    )
