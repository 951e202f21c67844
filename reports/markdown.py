"""The summary of a run for a pull request, as GitHub-flavoured Markdown.

Texts of a gateway end up in front of people who are logged in: none may become markup, a link or a mention.
"""

from __future__ import annotations

import re

from gauntlet.result import CheckResult, RunResult
from gauntlet.verdict import Verdict
from reports import overview, words
from reports.text import lines_joined, one_line, redacted

FAILURES = 12
LINE_LENGTH = 300
_MARKUP = re.compile(r"([\\`*_\[\]<>#!|~$&])")
_SIGNS = {
    Verdict.FAIL: "❌",
    Verdict.WARN: "⚠️",
    Verdict.ERROR: "💥",
    Verdict.INCONCLUSIVE: "❔",
}


def render(run: RunResult, report: str = "") -> str:
    """Return a short Markdown summary of `run`; `report` is the address of the whole report, if any."""
    run = redacted(run)
    word = overview.headline(run)
    parts = [
        f"### {word.sign} Gauntlet: {word.label}",
        _target(run),
        " ".join(filter(None, [plain(overview.sentence(run)), plain(overview.left_out(run))])),
        f"Reason: {plain(run.reason)}" if run.reason else "",
        _profiles(run),
        _failures(run),
        _footer(run, report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str, limit: int = LINE_LENGTH) -> str:
    """Return `text` as one line in which nothing is markup, a link, an issue number or a mention."""
    escaped = _MARKUP.sub(r"\\\1", one_line(text, limit))
    return escaped.replace("@", "@\u200b").replace("://", ":\u200b//").replace("www.", "www\u200b.")


def code(text: str, limit: int = LINE_LENGTH) -> str:
    """Return `text` as one line of code, safe in a table cell too."""
    line = one_line(text, limit).replace("|", "¦")
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line else ""


def _target(run: RunResult) -> str:
    name = " ".join(filter(None, [run.target.name, run.target.version]))
    where = f"**{plain(name, 120)}** in front of {plain(run.target.ehr, 60)}"
    return f"{where}, exit code {run.exit_code}, seed {run.seed}."


def _profiles(run: RunResult) -> str:
    shown = overview.profiles_met(run)
    if not shown:
        return ""
    lines = ["| profile | verdict | |", "|---|---|---|"]
    for profile in shown:
        word = words.OUTCOMES[profile.outcome]
        verdict = f"{word.sign} {word.label}" if profile.claimed else "not claimed"
        lines.append(f"| {plain(profile.name, 60)} | {verdict} | {plain(profile.reason)} |")
    return "\n".join(lines)


def _failures(run: RunResult) -> str:
    bad = overview.of(run, Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.WARN)
    loads = [load for load in run.load if load.verdict in _SIGNS]
    if not bad and not loads:
        return ""
    lines = [_failure(check) for check in bad[:FAILURES]]
    if len(bad) > FAILURES:
        lines.append(f"- and {words.counted(len(bad) - FAILURES, 'more check')}")
    lines += [
        f"- {_SIGNS[load.verdict]} **load profile {plain(load.profile, 80)}**: {plain(load.reason)}" for load in loads
    ]
    return "\n".join(lines)


def _failure(check: CheckResult) -> str:
    told = f"- {_SIGNS[check.verdict]} **{plain(check.requirement, 40)}** {plain(check.title, 160)}"
    if check.reason:
        told += f": {plain(check.reason)}"
    expected, actual = lines_joined(check.expected), lines_joined(check.actual)
    if expected or actual:
        told += f"\n  - expected {code(expected, 160) or '?'}, got {code(actual, 160) or 'nothing'}"
    return told


def _footer(run: RunResult, report: str) -> str:
    text = f"Repeat: {code(run.command)}"
    return f"{text}\n\n[Whole report](<{report}>)" if report else text
