"""From the events of a run to its result: pure, so that a run which was killed half-way is added up like any other."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gauntlet.applicability import applies, judged_elsewhere
from gauntlet.load_result import LoadResult, load_from
from gauntlet.profiles import judge_profiles
from gauntlet.requirement import Catalogue, Requirement
from gauntlet.result import CheckResult, RequirementRow, RunResult, check_from
from gauntlet.result import Target as TargetResult
from gauntlet.target import Target
from gauntlet.verdict import Judged, Outcome, Verdict, exit_code, outcome
from gauntlet.waiver import apply_waivers

NOTHING_PROVEN = "no check of a MUST passed: nothing is proven"


@dataclass
class Record:
    """What the events of one run say."""

    collected: list[dict[str, Any]] = field(default_factory=list)
    deselected: list[dict[str, Any]] = field(default_factory=list)
    results: list[CheckResult] = field(default_factory=list)
    load: list[LoadResult] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    base_url: str = ""
    lab_failure: tuple[str, str] | None = None  # message, hint
    broken_suite: tuple[str, str] | None = None
    ended: bool = False
    taken: int = 0  # events so far

    def take(self, event: Mapping[str, Any]) -> None:
        """Add one event."""
        self.taken += 1
        match event["event"]:
            case "collected":
                self.collected, self.deselected = event["checks"], event["deselected"]
            case "lab":
                self.notes += [note for note in event["notes"] if note not in self.notes]
                self.base_url = self.base_url if event.get("number") else event["base_url"]
            case "note":
                self.notes.append(event["text"])
            case "finished" | "spoiled" | "load":
                self._take_result(event)
            case "lab-failed":
                self.lab_failure = (event["message"], event["hint"])
            case "broken-suite":
                self.broken_suite = (event["message"], event["hint"])
            case "ended":
                self.ended = True

    def _take_result(self, event: Mapping[str, Any]) -> None:
        match event["event"]:
            case "finished":
                self.results.append(check_from(event["result"]))
            case "spoiled":
                self.results = [_spoiled(result, event) for result in self.results]
            case _:
                self.load.append(load_from(event["result"]))


def _spoiled(result: CheckResult, event: Mapping[str, Any]) -> CheckResult:
    """Return `result` with the verdict of its clean-up, unless it is another check's or a failure already."""
    if result.check != event["check"] or result.verdict is Verdict.FAIL:
        return result
    return replace(result, verdict=Verdict(event["verdict"]), reason=event["reason"], detail=event["detail"])


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the command line knows of a run beside its events."""

    run_id: str
    started: dt.datetime  # UTC
    duration_s: float
    suite_version: str
    seed: int
    command: str
    crash: str = ""  # how the pytest process ended, when it did not end by itself
    whole: bool = False  # the selection is all that was asked for: what it leaves out does not make the run partial


def assemble(record: Record, target: Target, catalogue: Catalogue, facts: Circumstances) -> RunResult:
    """Return the result of the run: every collected check has one, the missing ones as inconclusive."""
    finished = {result.check for result in record.results}
    absent = [item for item in record.collected if item["check"] not in finished]
    results = [*record.results, *(_absent(item, catalogue, facts.crash) for item in absent)]
    known = None if facts.crash else [item["check"] for item in (*record.collected, *record.deselected)]
    results, waiver_problems = apply_waivers(results, target.file.waiver, known, facts.started.date())
    judged = [Judged(result.verdict, result.level, result.feature) for result in results]
    ehr = target.file.ehr[0].vendor
    foreign = judged_elsewhere(results, target.claims)
    elsewhere = [row for row in foreign if applies(catalogue.requirements[row], ehr)]
    deselected = 0 if facts.whole else len(record.deselected) + len(elsewhere)
    uncovered = [] if facts.crash else _uncovered(catalogue, target, [*record.collected, *record.deselected])
    missing = len(absent) + len(uncovered) + bool(facts.crash)
    found = outcome(judged, deselected=deselected, missing=missing)
    if waiver_problems and found is not Outcome.ERROR:
        found = Outcome.NON_CONFORMANT
    left_out = [*(item["requirement"] for item in record.deselected), *elsewhere]
    return RunResult(
        run_id=facts.run_id,
        started=facts.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        duration_s=round(facts.duration_s, 1),
        suite_version=facts.suite_version,
        seed=facts.seed,
        command=facts.command,
        target=_target(target, record.base_url),
        outcome=found,
        exit_code=exit_code(found),
        reason=_reason(found, results, deselected, [*waiver_problems, facts.crash, *_suite_problem(uncovered)]),
        checks=results,
        profiles=judge_profiles(
            catalogue, results, target.claims, left_out, list(catalogue.requirements) if facts.crash else uncovered, ehr
        ),
        requirements=_rows(catalogue, [*record.collected, *record.deselected]),
        load=record.load,
        deselected=deselected,
        unasked=len(record.deselected) if facts.whole else 0,
        notes=[*record.notes, *waiver_problems, *_suite_problem(uncovered)],
    )


def _uncovered(catalogue: Catalogue, target: Target, checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return claimed MUST rows without a check and without a reason: parts of the suite are not installed."""
    judged = {item["requirement"] for item in checks}
    return [
        row.id
        for row in catalogue.requirements.values()
        if row.level == "MUST" and row.feature in target.claims and not row.not_tested and row.id not in judged
    ]


def _suite_problem(uncovered: Sequence[str]) -> list[str]:
    return [f"the suite has no check for {', '.join(uncovered)}: install gauntlet-ehr again"] if uncovered else []


def _absent(item: dict[str, Any], catalogue: Catalogue, crash: str) -> CheckResult:
    row = catalogue.requirements[item["requirement"]]
    return CheckResult(
        check=item["check"],
        requirement=row.id,
        level=row.level,
        feature=row.feature,
        title=item["title"],
        description=item["description"],
        verdict=Verdict.INCONCLUSIVE,
        reason=f"left no result: {crash or 'the run ended early'}",
        tripped_by=item["tripped_by"],
    )


def _target(target: Target, base_url: str) -> TargetResult:
    gateway = target.file.gateway
    return TargetResult(
        name=gateway.name,
        vendor=gateway.vendor,
        version=gateway.version,
        base_url=base_url or gateway.base_url,
        file=target.path.name,
        claims=list(target.claims),
        ehr=target.file.ehr[0].vendor,
    )


def _reason(
    found: Outcome,
    results: Sequence[CheckResult],
    deselected: int,
    problems: Sequence[str],
) -> str:
    failed = sorted({result.requirement for result in results if result.verdict is Verdict.FAIL})
    if failed:
        count = sum(result.verdict is Verdict.FAIL for result in results)
        return f"{count} of {len(results)} checks failed: {', '.join(failed)}"
    by_outcome = _reason_by_outcome(found, results, deselected)
    return by_outcome if found is Outcome.ERROR else next(filter(None, problems), by_outcome)


def _reason_by_outcome(found: Outcome, results: Sequence[CheckResult], deselected: int) -> str:
    counts = Counter(result.verdict for result in results)
    passed = f"{counts[Verdict.PASS]} checks passed"
    unclaimed = f", {counts[Verdict.NOT_CLAIMED]} are not claimed" if counts[Verdict.NOT_CLAIMED] else ""
    first = next((r.reason for r in results if r.verdict is Verdict.INCONCLUSIVE), None)
    unclear = f"{counts[Verdict.INCONCLUSIVE]} of {len(results)} checks could not be judged; the first: {first}"
    return {
        Outcome.ERROR: f"{counts[Verdict.ERROR]} checks ended in an error of the harness itself",
        Outcome.INCONCLUSIVE: unclear if first is not None else NOTHING_PROVEN,
        Outcome.PARTIAL: f"{deselected} checks were left out; of the others {passed}{unclaimed}",
    }.get(found, passed + unclaimed)


def _rows(catalogue: Catalogue, checks: Sequence[dict[str, Any]]) -> list[RequirementRow]:
    counts = Counter(item["requirement"] for item in checks)
    return [requirement_row(row, counts[row.id]) for row in catalogue.requirements.values()]


def requirement_row(row: Requirement, checks: int) -> RequirementRow:
    """Return a row of the table as results carry it, with the number of its checks."""
    return RequirementRow(
        id=row.id,
        level=row.level,
        feature=row.feature,
        text=row.text,
        judged_from=list(row.judged_from),
        source=row.source,
        checks=checks,
        not_tested=row.not_tested if checks == 0 else "",
        behind=list(row.behind),
        fix=row.fix,
    )
