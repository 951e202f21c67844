"""The golden trace: what every check was and did at the last release, and what of it is gone: pure.

A suite that grows must not lose anything unseen: a parameter that is no longer collected, a loop over mutations that
became empty, a fault that nobody arms. Verdicts do not show that, for less work passes as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from gauntlet.result import CheckResult
from gauntlet.verdict import Verdict

_NUMBER = re.compile(r"^(.*) x(\d+)$")


@dataclass(frozen=True, slots=True)
class Traced:
    """One check: what is written in the suite, and what it executed when it passed on the reference gateway."""

    requirement: str
    tripped_by: list[str]
    calls: dict[str, int] = field(default_factory=dict)  # judging calls in its source, by name
    steps: list[str] = field(default_factory=list)  # kinds executed; empty when it was not run for the trace


Golden = dict[str, Traced]  # by check id


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is gone, check by check, and what could not be compared."""

    gone: list[str]
    new: list[str]  # checks that the golden trace does not have
    compared: int  # checks whose steps were compared
    not_compared: list[str]  # checks that ran, but did not come to their end

    @property
    def same(self) -> bool:
        """Whether nothing is gone."""
        return not self.gone


def from_json(data: bytes) -> Golden:
    """Read a golden trace. Raises ValueError, KeyError or TypeError for what is none."""
    return {name: Traced(**item) for name, item in orjson.loads(data)["checks"].items()}


def to_json(golden: Golden) -> bytes:
    """Return a golden trace as JSON, sorted, so that two versions can be compared line by line."""
    checks = {name: asdict(golden[name]) for name in sorted(golden)}
    return orjson.dumps({"checks": checks}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def suite_trace(checks: Iterable[Mapping[str, Any]], calls: Mapping[str, Mapping[str, int]]) -> Golden:
    """Return the trace of the suite as it is written; `calls` are by check id without parameters."""
    return {
        item["check"]: Traced(item["requirement"], sorted(item["tripped_by"]), dict(sorted(_of(item, calls).items())))
        for item in checks
    }


def _of(item: Mapping[str, Any], calls: Mapping[str, Mapping[str, int]]) -> Mapping[str, int]:
    return calls.get(item["check"].partition("[")[0], {})


def with_steps(suite: Golden, golden: Golden, results: Sequence[CheckResult]) -> Golden:
    """Return the suite's trace with the steps of checks that passed in a run, else those known from before."""
    ran = {check.check: check.steps for check in results if check.verdict is Verdict.PASS}
    known = {name: traced.steps for name, traced in golden.items()}
    return {name: replace(traced, steps=ran.get(name, known.get(name, []))) for name, traced in suite.items()}


def compare(golden: Golden, suite: Golden, results: Sequence[CheckResult] = ()) -> Comparison:
    """Compare the suite as it is written, and what a run of it executed, with the golden trace."""
    gone = [line for name, was in golden.items() for line in _gone(name, was, suite.get(name))]
    ended = [check for check in results if check.check in golden and golden[check.check].steps]
    passed = [check for check in ended if check.verdict is Verdict.PASS]
    for check in passed:
        gone += _steps_gone(check.check, golden[check.check].steps, check.steps)
    return Comparison(
        gone=gone,
        new=[name for name in suite if name not in golden],
        compared=len(passed),
        not_compared=[f"{check.check}: {check.verdict.value} {check.reason}" for check in ended if check not in passed],
    )


def _gone(name: str, was: Traced, now: Traced | None) -> Iterator[str]:
    if now is None:
        yield f"{name}: is not collected any more"
        return
    if was.requirement != now.requirement:
        yield f"{name}: judged {was.requirement}, and judges {now.requirement} now"
    for defect in was.tripped_by:
        if defect not in now.tripped_by:
            yield f"{name}: is no longer tripped by {defect}"
    for call, number in was.calls.items():
        if now.calls.get(call, 0) < number:
            yield f"{name}: {call} stands in it {now.calls.get(call, 0)} times, and was {number}"


def _steps_gone(name: str, was: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    before, after = map(_numbers, (was, now))
    for kind, number in before.items():
        if kind not in after:
            yield f"{name}: did not do it any more: {kind}"
        elif after[kind] < number:
            yield f"{name}: {kind}: {after[kind]} times, and was {number}"
    if not any(after.get(kind, 0) < number for kind, number in before.items()):
        yield from _order_changed(name, list(before), list(after))


def _order_changed(name: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    kept = [kind for kind in after if kind in before]
    for was, now in zip(before, kept, strict=True):
        if was != now:
            yield f"{name}: {now!r} comes before {was!r} now"
            return


def _numbers(steps: Sequence[str]) -> dict[str, int]:
    found = ((step, _NUMBER.match(step)) for step in steps)
    return {match[1] if match else step: int(match[2]) if match else 1 for step, match in found}
