"""`gauntlet catalog` and `gauntlet explain`: what there is to check, and what one of it means."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from gauntlet import places
from gauntlet.checklist import list_checks
from gauntlet.commands.edge_case_pages import edge_case_lines, edge_case_page
from gauntlet.defects import Defect, list_defects
from gauntlet.errors import UsageError, closest
from gauntlet.requirement import Catalogue, Requirement, load_catalogue
from gauntlet.vantage import VANTAGE_POINTS
from synthetic.edge_cases.catalogue import rows


def catalog_lines(kind: str, *, as_json: bool) -> str:
    """Return the listing of `kind`. Raises UsageError with the valid kinds for another one."""
    if kind not in KINDS:
        raise UsageError(f"unknown catalog {kind!r}{closest(kind, KINDS)}", hint=f"there are {', '.join(KINDS)}")
    listing = _LISTINGS[kind]()
    if as_json:
        return json.dumps(listing, indent=2)
    return "\n".join(edge_case_lines(listing) if kind == "edge-cases" else _table(listing))


def _checks() -> list[dict[str, object]]:
    return [
        {"requirement": item["requirement"], "check": item["check"], "title": item["title"]} for item in list_checks()
    ]


def _requirement_row(row: Requirement) -> dict[str, object]:
    checks = sum(item["requirement"] == row.id for item in list_checks())
    covered = f"{checks} check{'s' if checks > 1 else ''}" if checks else row.not_tested or "no check"
    return {"id": row.id, "level": row.level, "feature": row.feature, "covered": covered, "text": row.text}


def _scenarios(folder: str) -> list[dict[str, object]]:
    from gauntlet.scenario import read_scenarios

    scenarios = read_scenarios(places.bundled("scenarios") / folder)
    return [{"name": item.name, "why": " ".join(item.why.split())} for item in scenarios]


def _table(rows: Sequence[dict[str, object]]) -> list[str]:
    """Return `rows` as aligned columns, the last one as long as it is."""
    if not rows:
        return ["(none)"]
    names = list(rows[0])
    widths = {name: max(len(str(row[name])) for row in rows) for name in names[:-1]}
    widths = {name: min(width, 70) for name, width in widths.items()}
    return [
        "  ".join([*(str(row[name]).ljust(widths[name]) for name in names[:-1]), str(row[names[-1]])]) for row in rows
    ]


def explain(name: str) -> str:
    """Return all about a requirement, check, defect or edge case. Raises UsageError with the closest match."""
    catalogue = _catalogue()
    checks, defects = list_checks(), {defect.name: defect for defect in list_defects()}
    if name.upper() in catalogue.requirements:
        return _explain_requirement(catalogue.requirements[name.upper()], catalogue, checks)
    found = [item for item in checks if item["check"].startswith(name)] if len(name) > 3 else []
    if found:
        return "\n\n".join(_explain_check(item, catalogue) for item in found)
    if name in defects:
        return _explain_defect(defects[name], checks)
    cases = {row["name"]: row for row in rows()}
    if name in cases:
        return edge_case_page(cases[name])
    known = [*catalogue.requirements, *(item["check"] for item in checks), *defects, *cases]
    raise UsageError(
        f"nothing is called {name!r}{closest(name, known)}",
        hint="give a requirement id, the beginning of a check id, a defect or an edge case; see `gauntlet catalog`",
    )


def _explain_requirement(row: Requirement, catalogue: Catalogue, checks: Sequence[dict[str, str]]) -> str:
    lines = [
        f"{row.id} ({row.level}, feature {row.feature}): {catalogue.families[row.family]}",
        "",
        f"  {row.text}",
        "",
        f"  judged from  {', '.join(VANTAGE_POINTS[letter] for letter in row.judged_from)}",
        f"  source       {row.source}",
        f"  how to fix   {row.fix or 'see the checks below'}",
    ]
    ours = [item for item in checks if item["requirement"] == row.id]
    if not ours:
        lines.append(f"  not tested   {row.not_tested or 'no check yet'}")
    return "\n".join([*lines, "", *(_explain_check(item, catalogue) for item in ours)]).rstrip()


def _explain_check(item: dict[str, str], catalogue: Catalogue) -> str:
    row = catalogue.requirements[item["requirement"]]
    lines = [item["check"], f"  {item['title']}."]
    lines += [f"  {line}".rstrip() for line in item["description"].splitlines()]
    lines.append(f"  Requirement {row.id}; tripped by {', '.join(item['tripped_by'])}.")
    return "\n".join(lines)


def _explain_defect(defect: Defect, checks: Sequence[dict[str, str]]) -> str:
    trips = [item["check"] for item in checks if defect.name in item["tripped_by"]]
    return "\n".join(
        [
            f"{defect.name}: {defect.summary}",
            f"  breaks {defect.breaks}",
            *(f"  trips  {check}" for check in trips),
        ]
    )


def _catalogue() -> Catalogue:
    return load_catalogue(places.bundled("suites") / "requirements.toml")


_LISTINGS: Mapping[str, Callable[[], list[dict[str, object]]]] = {
    "requirements": lambda: [_requirement_row(row) for row in _catalogue().requirements.values()],
    "checks": _checks,
    "defects": lambda: [asdict(defect) for defect in list_defects()],
    "profiles": lambda: [{"profile": n, "features": ", ".join(names)} for n, names in _catalogue().profiles.items()],
    "faults": lambda: _scenarios("faults"),
    "load": lambda: _scenarios("load"),
    "edge-cases": rows,
}
KINDS = tuple(_LISTINGS)
