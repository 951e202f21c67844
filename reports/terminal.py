"""The end of a run on the terminal: verdict, counts, what failed and why, where the report is.

Readable without colour and at any width: each colour stands beside a word, lines fold with a hanging indent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gauntlet.load_result import LoadResult
from gauntlet.result import CheckResult, RunResult
from gauntlet.verdict import Outcome, Verdict
from reports import overview, words
from reports.text import lines_joined, one_line, redacted

FAILURES = 20
LINE_LENGTH = 400
_STYLES = {
    Verdict.FAIL: "bold red",
    Verdict.WARN: "yellow",
    Verdict.ERROR: "bold magenta",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.WAIVED: "cyan",
    Verdict.NOT_CLAIMED: "dim",
    Verdict.PASS: "green",
}
_OUTCOME_STYLES = {
    Outcome.CONFORMANT: "bold green",
    Outcome.NON_CONFORMANT: "bold red",
    Outcome.PARTIAL: "bold yellow",
    Outcome.INCONCLUSIVE: "bold magenta",
    Outcome.ERROR: "bold magenta",
}
_SHOWN = (
    Verdict.WARN,
    Verdict.INCONCLUSIVE,
    Verdict.ERROR,
    Verdict.FAIL,
)  # the worst last: nearest to the prompt


def render(run: RunResult, report: str = "") -> RenderableType:
    """Return the summary of `run` for a rich console, which folds it; `report` is the path of the page.

    Nothing in it is console markup: hostile text of a gateway can neither colour nor control the terminal.
    """
    run = redacted(run)
    return Group(*_parts(run, report))


def _parts(run: RunResult, report: str) -> Iterator[RenderableType]:
    bad = overview.of(run, *_SHOWN)
    if len(bad) > FAILURES:
        yield Text(f"{words.counted(len(bad) - FAILURES, 'check')} that did not pass are only in the report.", "dim")
    for check in bad[-FAILURES:]:
        yield _check(check)
    for load in run.load:
        yield _load(load)
    yield _profiles(run)
    yield Text()
    yield from _verdict(run)
    yield _facts(run, report)


def _check(check: CheckResult) -> RenderableType:
    word = words.VERDICTS[check.verdict]
    head = Text.assemble(
        (f"{word.sign} {word.label}", _STYLES[check.verdict]),
        " ",
        (one_line(check.requirement, 40), "bold"),
        f" {one_line(check.title, LINE_LENGTH)}",
    )
    rows = [
        ("why", check.reason),
        ("expected", lines_joined(check.expected)),
        ("actual", lines_joined(check.actual)),
        ("fix", check.hint),
        ("like", ", ".join(check.tripped_by)),
        ("check", check.check),
    ]
    return Group(head, Padding(_grid(rows), (0, 0, 0, 2)))


def _load(load: LoadResult) -> RenderableType:
    word = words.VERDICTS[load.verdict]
    unjudged = sum(bool(item.doubt) for item in load.objectives)
    count = len(load.objectives)
    held = (
        f"{count - unjudged} of {count} objectives held, {unjudged} not judged" if unjudged else "every objective held"
    )
    return Text.assemble(
        (f"{word.sign} {word.label}", _STYLES[load.verdict]),
        " load profile ",
        (one_line(load.profile, 80), "bold"),
        f": {one_line(load.reason, 300) or held}",
    )


def _profiles(run: RunResult) -> RenderableType:
    told, shown = Text("profiles: "), overview.profiles_met(run)
    for place, profile in enumerate(shown):
        word = words.OUTCOMES[profile.outcome]
        style = _OUTCOME_STYLES[profile.outcome] if profile.claimed else "dim"
        verdict = f"{word.sign} {word.label.lower()}" if profile.claimed else "not claimed"
        told.append(", " if place else "").append(f"{one_line(profile.name, 40)} ").append(verdict, style)
    return told if shown else Text()


def _verdict(run: RunResult) -> Iterator[RenderableType]:
    word = overview.headline(run)
    yield Text(f"{word.sign} {word.label.upper()}", _OUTCOME_STYLES[run.outcome])
    yield Text(word.meaning)
    yield Text(" ".join(filter(None, [overview.sentence(run), overview.left_out(run)])))


def _facts(run: RunResult, report: str) -> RenderableType:
    return _grid(
        [
            ("reason", run.reason),
            ("target", f"{run.target.name} {run.target.version}".strip()),
            ("repeat", run.command),
            ("exit", f"{run.exit_code} ({overview.exit_meaning(run)})"),
            ("report", report),
        ]
    )


def _grid(rows: Sequence[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        if value:
            grid.add_row(Text(name), Text(one_line(value, LINE_LENGTH)))
    return grid
