"""Teeth: every check is seen to fail by the defects that it names. A check that cannot fail proves nothing."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from gauntlet.assembly import NOTHING_PROVEN
from gauntlet.errors import SetupError, UsageError
from gauntlet.run import Request, carry_out
from gauntlet.verdict import Outcome, Verdict

Selection = Literal["none", "quick", "all"]
_TRIPPED = frozenset({Verdict.FAIL, Verdict.WARN})


@dataclass(frozen=True, slots=True)
class Bite:
    """One cell of the matrix: what `check` found on a gateway with `defect`."""

    defect: str
    check: str
    verdict: Verdict
    reason: str
    expected: bool  # the check names this defect

    @property
    def holds(self) -> bool:
        """Whether the check noticed a defect that it names."""
        return self.verdict in _TRIPPED or not self.expected


@dataclass(frozen=True, slots=True)
class Matrix:
    """Defect x check. `honest` is the outcome of the reference gateway without a defect.

    `others` says which checks met a defect besides those that name it: "none", the "quick" selection, or "all".
    """

    bites: tuple[Bite, ...]
    honest: Outcome
    honest_failures: tuple[str, ...]
    others: Selection = "none"

    @property
    def toothless(self) -> tuple[Bite, ...]:
        """Cells where a check did not notice a defect that it names."""
        return tuple(bite for bite in self.bites if not bite.holds)

    @property
    def holds(self) -> bool:
        """Whether every check bites and the honest gateway passes everything."""
        return not self.toothless and self.honest is Outcome.CONFORMANT and bool(self.bites)

    @property
    def defects(self) -> frozenset[str]:
        """The defects that were tried."""
        return frozenset(bite.defect for bite in self.bites)


def plan_of(checks: Iterable[Mapping[str, Any]], prefixes: Sequence[str]) -> dict[str, list[str]]:
    """Return defect -> ids of the checks that name it, for checks or defects that begin with one of `prefixes`."""
    found: dict[str, list[str]] = {}
    for item in checks:
        for defect in item["tripped_by"]:
            wanted = [item["check"], item["requirement"], defect]
            if not prefixes or any(name.startswith(prefix) for name in wanted for prefix in prefixes):
                found.setdefault(defect, []).append(item["check"])
    return dict(sorted(found.items()))


def part_of(plan: Mapping[str, list[str]], shard: str) -> dict[str, list[str]]:
    """Return the part of `plan` that `shard` names: "3/40" is every fortieth defect, from the third one on.

    All parts together are the plan, whoever runs them. Raises UsageError for what names no part, or an empty one.
    """
    number, slash, parts = shard.partition("/")
    if not (slash and number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts)):
        raise UsageError(f"{shard!r} names no part of the defects", hint="the third of forty parts is 3/40")
    found = {defect: plan[defect] for defect in sorted(plan)[int(number) - 1 :: int(parts)]}
    if not found:
        raise UsageError(f"part {shard} is empty: there are {len(plan)} defects")
    return found


@dataclass(frozen=True, slots=True)
class Others:
    """The checks that meet each defect besides those that name it: prefixes of ids, none of them for every check."""

    name: Selection  # as in `Matrix`
    checks: tuple[str, ...] = ()

    def selection(self, named: Sequence[str]) -> tuple[str, ...]:
        """Return what to run where the checks `named` name the defect; nothing at all is everything."""
        if self.name == "none":
            return tuple(named)
        return (*named, *self.checks) if self.checks else ()


NOBODY_ELSE = Others("none")


def run_teeth(
    plan: Mapping[str, Sequence[str]],
    request: Request,
    *,
    others: Others = NOBODY_ELSE,
    jobs: int,
    report: Callable[[str, Matrix], None],
    targets: Mapping[str, Path] | None = None,
) -> Matrix:
    """Run the reference gateway honestly and once with every defect of `plan`.

    The checks that name a defect and `others` meet it. `report` is called with the matrix so far as each
    defect is done. A check that is inconclusive beside other labs is asked once more, alone: some can only tell on a
    machine that they have to themselves. The honest runs come first, one on each target that is needed: a check that
    fails there proves nothing about defects. `targets` says where defects are tried, by name; the others on the
    request's target.
    """
    places = {defect: (targets or {}).get(defect, request.target) for defect in plan}
    honest, failures = _honest_everywhere(plan, places, request, others)
    matrix = Matrix((), honest, failures, others.name)

    def told(defect: str, found: Sequence[Bite]) -> Matrix:
        ordered = sorted((*matrix.bites, *found), key=lambda bite: (bite.defect, bite.check))
        grown = replace(matrix, bites=tuple(ordered))
        report(defect, grown)
        return grown

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {
            pool.submit(_with_defect, defect, checks, replace(request, target=places[defect]), others): defect
            for defect, checks in plan.items()
        }
        unclear: dict[str, list[Bite]] = {}
        try:
            for future in concurrent.futures.as_completed(futures):
                defect, found = futures[future], future.result()
                if jobs > 1 and any(map(_is_unclear, found)):
                    unclear[defect] = found
                    continue
                matrix = told(defect, found)
        except BaseException:  # Ctrl-C: what has not begun does not begin
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for defect, beside_others in unclear.items():
        matrix = told(defect, _asked_again(defect, beside_others, replace(request, target=places[defect])))
    return matrix


def _is_unclear(bite: Bite) -> bool:
    return bite.expected and bite.verdict is Verdict.INCONCLUSIVE


def _asked_again(defect: str, found: Sequence[Bite], request: Request) -> list[Bite]:
    """Return what was found, with the verdicts of checks that were inconclusive as they are alone."""
    checks = [bite.check for bite in found if _is_unclear(bite)]
    alone = {bite.check: bite for bite in _with_defect(defect, checks, request, NOBODY_ELSE)}
    return [alone.get(bite.check, bite) if bite.check in checks else bite for bite in found]


def _honest_everywhere(
    plan: Mapping[str, Sequence[str]], places: Mapping[str, Path], request: Request, others: Others
) -> tuple[Outcome, tuple[str, ...]]:
    """Return the first outcome that is not conformant, else conformant, and every failure, over all targets."""
    outcomes, failures = [], []
    for target in dict.fromkeys(places.values()):
        named = {check for defect, checks in plan.items() if places[defect] == target for check in checks}
        only = request.only if target == request.target else others.selection(sorted(named))
        found, there = _honest(replace(request, target=target, only=only, labs=None))
        outcomes.append(found)
        failures += [item if target == request.target else f"{target.stem}: {item}" for item in there]
    return next((item for item in outcomes if item is not Outcome.CONFORMANT), Outcome.CONFORMANT), tuple(failures)


def _honest(request: Request) -> tuple[Outcome, tuple[str, ...]]:
    """Return the outcome and what did not pass; a selection of SHOULD checks that all pass is as good as conformant."""
    run, _ = carry_out(request, lambda _: None)
    failures = tuple(
        f"{result.check}: {result.verdict.value}: {result.reason}"
        for result in run.checks
        if result.verdict not in (Verdict.PASS, Verdict.NOT_CLAIMED)
    )
    passed = any(result.verdict is Verdict.PASS for result in run.checks)
    holds = run.reason == NOTHING_PROVEN and passed and not failures
    return Outcome.CONFORMANT if holds else run.outcome, failures


def _with_defect(defect: str, checks: Sequence[str], request: Request, others: Others) -> list[Bite]:
    asked = Request(
        target=request.target,
        out=Path(request.out),
        only=others.selection(checks),
        seed=request.seed,
        defect=defect,
        command=request.command,
        scale=request.scale,
    )
    try:
        run, _ = carry_out(asked, lambda _: None)
    except SetupError as error:  # some defects keep the gateway from starting: then nothing was judged
        return [Bite(defect, check, Verdict.INCONCLUSIVE, error.message, expected=True) for check in checks]
    return [
        Bite(defect, result.check, result.verdict, result.reason, expected=result.check in checks)
        for result in run.checks
    ]
