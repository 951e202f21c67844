"""One page a requirement: what it says, why, how it is judged, what trips it, and how to fix it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gauntlet.requirement import Catalogue, Requirement
from gauntlet.vantage import VANTAGE_POINTS

_GENERATED = "<!-- written by `python -m gauntlet.handbook docs`: change the table or the docstring instead -->"


@dataclass(frozen=True)
class Sources:
    """What the pages are made of: the table, the checks with their docstrings, the defects, and advice by family."""

    catalogue: Catalogue
    checks: Sequence[Mapping[str, Any]]
    defects: Mapping[str, str]
    fixing: Mapping[str, str]

    def checks_of(self, row: Requirement) -> list[Mapping[str, Any]]:
        """Return the checks of a requirement."""
        return [item for item in self.checks if item["requirement"] == row.id]


def page(row: Requirement, sources: Sources) -> str:
    """Return the page of one requirement as Markdown."""
    checks = sources.checks_of(row)
    parts = [
        _GENERATED,
        f"# {row.id}: {sources.catalogue.families[row.family]}",
        f"**{row.level}**, feature `{row.feature}`{_behind(row)}",
        f"> {row.text}",
        "## Why",
        sources.catalogue.features[row.feature] + _why(checks),
        "## How it is judged",
        f"From {', '.join(VANTAGE_POINTS[letter] for letter in row.judged_from)}.",
        *(_judged(checks) or [f"Not judged yet: {row.not_tested or 'no check'}."]),
        "## What trips it",
        _trips(checks, sources.defects),
        "## How to fix it",
        row.fix,
        sources.fixing[row.family],
        _repeat(row) if checks else "",
        "## Where it comes from",
        row.source,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _behind(row: Requirement) -> str:
    return f", applies behind {' and '.join(row.behind)}" if row.behind else ""


def _why(checks: Sequence[Mapping[str, Any]]) -> str:
    if not checks:
        return ""
    return " Each check below says what goes wrong in a hospital without it."


def _judged(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a part for each check function, its parameters together."""
    by_function: dict[str, list[Mapping[str, Any]]] = {}
    for item in checks:
        by_function.setdefault(item["check"].partition("[")[0], []).append(item)
    return [_function(name, items) for name, items in by_function.items()]


def _function(name: str, items: Sequence[Mapping[str, Any]]) -> str:
    cases = [item["check"].partition("[")[2].rstrip("]") for item in items if "[" in item["check"]]
    told = f"\n\nCases: {', '.join(f'`{case}`' for case in cases)}." if cases else ""
    description = "\n".join(line.rstrip() for line in items[0]["description"].splitlines())
    return f"### {items[0]['title']}\n\n`{name}`\n\n{description}{told}".rstrip()


def _trips(checks: Sequence[Mapping[str, Any]], defects: Mapping[str, str]) -> str:
    names = dict.fromkeys(name for item in checks for name in item["tripped_by"])
    if not names:
        return "No defect of the reference gateway yet."
    lines = [f"* `{name}`: {defects.get(name, 'no longer there')}" for name in names]
    return "Each of these defects of the reference gateway has been seen to fail it:\n\n" + "\n".join(lines)


def _repeat(row: Requirement) -> str:
    return (
        f"Read the defects above as a list of suspects, then `gauntlet run TARGET --only {row.id}`; the report shows "
        "expected and actual, both sides of the gateway, and the defect that behaves alike."
    )


def index(sources: Sources) -> str:
    """Return the list of all requirements as Markdown."""
    lines = [
        _GENERATED,
        "",
        "# Requirements",
        "",
        "What a gateway is judged on, one page each. MUST fails a run, SHOULD warns. Only what is claimed is judged.",
    ]
    for family, name in sources.catalogue.families.items():
        rows = [row for row in sources.catalogue.requirements.values() if row.family == family]
        lines += ["", f"## {name}", "", "| | | feature | checks | |", "|---|---|---|---|---|"]
        lines += [_index_line(row, len(sources.checks_of(row))) for row in rows]
    return "\n".join(lines) + "\n"


def _index_line(row: Requirement, checks: int) -> str:
    text = row.text.replace("|", "\\|")
    return f"| [{row.id}]({row.id}.md) | {row.level} | {row.feature} | {checks or 'none'} | {text} |"
