"""JUnit XML of a run, in the shape that Jenkins' schema (junit-10.xsd of its xUnit plug-in) accepts.

One test suite a requirement family, one test case a check. What could not be judged is an error, so that a
pipeline goes red; a run that is not conformant for a reason outside of its checks gets a case of its own.
Source: https://github.com/jenkinsci/xunit-plugin, types/model/xsd/junit-10.xsd. That schema allows
properties on suites only, so level and requirement of a check stand in its output text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from gauntlet.load_result import LoadResult
from gauntlet.result import CheckResult, RequirementRow, RunResult
from gauntlet.verdict import Outcome, Verdict
from reports import overview
from reports.text import cut, redacted
from reports.waterfall import finite

TEXT_LENGTH = 8_000
LINE_LENGTH = 1_000
_ZONE = re.compile(r"(\.\d+)?(Z|[+-]\d\d:?\d\d)?$")


@dataclass(frozen=True, slots=True)
class Case:
    """One test case: `kind` is "failure", "error", "skipped" or "" for a pass."""

    name: str
    classname: str
    time: float
    kind: str
    type: str
    message: str
    text: str
    out: str = ""


_KINDS = {
    Verdict.FAIL: "failure",
    Verdict.ERROR: "error",
    Verdict.INCONCLUSIVE: "error",
    Verdict.NOT_CLAIMED: "skipped",
    Verdict.WAIVED: "skipped",
    Verdict.WARN: "",
    Verdict.PASS: "",
}


def render(run: RunResult) -> bytes:
    """Return `run` as a JUnit XML document in UTF-8."""
    run = redacted(run)
    suites = [(family.code, _cases(run, family.code)) for family in overview.families(run) if family.checks]
    suites += [("load", [_load_case(load) for load in run.load])] if run.load else []
    if run.outcome is not Outcome.CONFORMANT and not any(_red(cases) for _, cases in suites):
        suites.append(("run", [_outcome_case(run)]))
    root = ET.Element("testsuites", _totals([case for _, cases in suites for case in cases]))
    root.set("name", f"gauntlet {cut(run.target.name, LINE_LENGTH)}")
    root.set("time", _time(run.duration_s))
    for number, (name, cases) in enumerate(suites):
        root.append(_suite(run, name, number, cases))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _cases(run: RunResult, family: str) -> list[Case]:
    rows = overview.requirement_rows(run)
    mine = [check for check in run.checks if overview.family_of(check.requirement) == family]
    return [_case(check, rows.get(check.requirement)) for check in mine]


def _case(check: CheckResult, row: RequirementRow | None) -> Case:
    requirement = f"{check.requirement} {check.level}"
    return Case(
        name=check.check,
        classname=overview.family_of(check.requirement),
        time=check.duration_s,
        kind=_KINDS[check.verdict],
        type=check.verdict.value,
        message=f"{requirement}: {_message(check)}",
        text=_text(check),
        out=_out(check, row),
    )


def _message(check: CheckResult) -> str:
    if check.verdict is Verdict.NOT_CLAIMED:
        return check.reason or f"feature {check.feature} is not claimed"
    if check.verdict is Verdict.WAIVED:
        return f"waived: {check.waiver or check.reason}"
    return check.reason or check.title


def _text(check: CheckResult) -> str:
    parts = [
        ("expected", check.expected),
        ("actual", check.actual),
        ("hint", check.hint),
        ("repeat", check.curl),
        ("behaves like", ", ".join(check.tripped_by)),
        ("detail", check.detail),
    ]
    return "\n".join([check.title, *(f"{name}: {cut(text, TEXT_LENGTH)}" for name, text in parts if text)])


def _out(check: CheckResult, row: RequirementRow | None) -> str:
    """Return what a reader of a passed test case wants to know; a warning says what is not met."""
    lines = [f"requirement: {check.requirement} {check.level}" + (f": {row.text}" if row else "")]
    if check.verdict is Verdict.WARN:
        lines += [f"warning: {check.reason or check.title}", _text(check)]
    lines += [f"{name}: {value:g}" for name, value in check.measured.items()]
    return "\n".join(lines)


def _load_case(load: LoadResult) -> Case:
    missed = [
        f"{item.label}: limit {item.limit:g}, measured {item.measured:g}" for item in load.objectives if item.missed
    ]
    return Case(
        name=f"load profile {load.profile}",
        classname="load",
        time=load.duration_s,
        kind=_KINDS[load.verdict],
        type=load.verdict.value,
        message=load.reason or ", ".join(missed) or load.verdict.value,
        text="\n".join([*missed, *load.sample_errors[:20]]),
    )


def _outcome_case(run: RunResult) -> Case:
    word = overview.headline(run)
    return Case(
        name="outcome of the run",
        classname="run",
        time=0.0,
        kind="failure" if run.outcome is Outcome.NON_CONFORMANT else "error",
        type=run.outcome.value,
        message=run.reason or word.meaning,
        text=" ".join(filter(None, [word.meaning, overview.sentence(run), overview.left_out(run)])),
    )


def _red(cases: Sequence[Case]) -> bool:
    return any(case.kind in ("failure", "error") for case in cases)


def _totals(cases: Sequence[Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(case.kind == "failure" for case in cases)),
        "errors": str(sum(case.kind == "error" for case in cases)),
    }


def _suite(run: RunResult, name: str, number: int, cases: Sequence[Case]) -> ET.Element:
    suite = ET.Element("testsuite", {"name": name, **_totals(cases)})
    suite.set("skipped", str(sum(case.kind == "skipped" for case in cases)))
    suite.set("time", _time(sum(finite(case.time) for case in cases)))
    suite.set("timestamp", _ZONE.sub("", cut(run.started, 40)))
    suite.set("id", str(number))
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(run, name):
        ET.SubElement(properties, "property", {"name": key, "value": cut(value, LINE_LENGTH)})
    for case in cases:
        suite.append(_element(case))
    return suite


def _properties(run: RunResult, family: str) -> list[tuple[str, str]]:
    known = [
        ("seed", str(run.seed)),
        ("run", run.run_id),
        ("target", run.target.name),
        ("version", run.target.version),
        ("command", run.command),
        ("outcome", run.outcome.value),
    ]
    mine = [row for row in run.requirements if overview.family_of(row.id) == family]
    return known + [(f"requirement.{row.id}", f"{row.level} {row.text}") for row in mine]


def _element(case: Case) -> ET.Element:
    name, classname = cut(case.name, LINE_LENGTH), cut(case.classname, LINE_LENGTH)
    element = ET.Element("testcase", {"name": name, "classname": classname, "time": _time(case.time)})
    if case.kind:
        child = ET.SubElement(element, case.kind, {"type": case.type, "message": cut(case.message, LINE_LENGTH)})
        child.text = case.text
    if case.out:
        ET.SubElement(element, "system-out").text = cut(case.out, TEXT_LENGTH)
    return element


def _time(value: float) -> str:
    return f"{finite(value):.3f}"
