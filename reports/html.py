"""The report page: one HTML file that needs nothing else, readable without scripts.

Everything shown is redacted first and escaped by the template engine; a content security policy in the page
allows its own style and its one script (by hash) and nothing from anywhere else.
"""

from __future__ import annotations

import hashlib
import math
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from gauntlet.load_result import LoadResult
from gauntlet.result import CheckResult, ProfileResult, RunResult
from gauntlet.verdict import UNCLAIMED, Verdict
from reports import objectives, overview, words
from reports.distribution import distribution
from reports.evidence import allowance, gathered
from reports.overview import Family
from reports.plots import Plot, plots
from reports.text import cut, redacted
from reports.waterfall import finite, milliseconds

OBSTACLES = 6
OPEN_CHECKS = 3  # that many of the first failures are shown unfolded


@dataclass(frozen=True, slots=True)
class Load:
    """A load result with its plots and the fragment that links to it."""

    result: LoadResult
    anchor: str
    plots: list[Plot]


@dataclass(frozen=True, slots=True)
class Lack:
    """Checks that were not run for one reason (`feature`: what is not claimed, or what the EHR has to do with it)."""

    feature: str
    meaning: str
    checks: list[CheckResult]


def render(run: RunResult) -> str:
    """Return the report page of `run` as HTML text; write it as UTF-8."""
    run = redacted(run)
    environment = _environment()
    script = _source(environment, "filter.js")
    return environment.get_template("report.html.j2").render(_context(run), script_hash=_hash(script))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "objective": objectives.name,
        "about": objectives.about,
        "amount": objectives.amount,
        "cut": cut,
        "ms": milliseconds,
        "seconds": seconds,
        "counted": words.counted,
        "case": overview.case_of,
        "number": number,
        "vantage": words.vantage,
    }
    return environment


def _source(environment: Environment, name: str) -> str:
    return environment.get_template(name).render()


def _hash(script: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _context(run: RunResult) -> Mapping[str, Any]:
    links = overview.anchors(run.checks)
    rows = overview.requirement_rows(run)
    allowed = allowance(run)
    failed = overview.of(run, Verdict.FAIL, Verdict.WARN)
    unclear = overview.of(run, Verdict.ERROR, Verdict.INCONCLUSIVE)
    obstacles = overview.obstacles(run)
    return {
        "run": run,
        "outcome": overview.headline(run),
        "exit_meaning": overview.exit_meaning(run),
        "sentence": overview.sentence(run),
        "left_out": overview.left_out(run),
        "verdicts": words.VERDICTS,
        "Verdict": Verdict,
        "outcomes": words.OUTCOMES,
        "obstacles": obstacles[:OBSTACLES],
        "more_obstacles": len(obstacles) - len(obstacles[:OBSTACLES]),
        "profiles": [(profile, profile_words(profile)) for profile in overview.profiles_met(run)],
        "counts": overview.counts(run.checks),
        "families": overview.families(run),
        "passed_by_family": passed_by_family(run),
        "first": _first_of_family(failed + unclear, links),
        "failed": gathered(failed, links, rows, allowed),
        "unclear": gathered(unclear, links, rows, allowed),
        "waived": gathered(overview.of(run, Verdict.WAIVED), links, rows, allowed),
        "lacks": lacks(run),
        "foreign": foreign(run),
        "passed": overview.of(run, Verdict.PASS),
        "links": links,
        "rows": rows,
        "without": overview.without_checks(run),
        "loads": [
            Load(item, overview.load_anchor(item.profile), [*plots(item), *filter(None, [distribution(item)])])
            for item in run.load
        ],
        "open_checks": OPEN_CHECKS,
    }


def _first_of_family(checks: list[CheckResult], links: Mapping[str, str]) -> dict[tuple[str, Verdict], str]:
    first: dict[tuple[str, Verdict], str] = {}
    for check in checks:
        first.setdefault((overview.family_of(check.requirement), check.verdict), links[check.check])
    return first


def profile_words(profile: ProfileResult) -> str:
    """Return what a profile promises, in words for somebody who does not know it."""
    return words.PROFILES.get(profile.name, "A profile of this suite")


def claimed(run: RunResult) -> set[str]:
    """Return the features that are claimed; the core always is."""
    return {"core", *run.target.claims}


def lacks(run: RunResult) -> list[Lack]:
    """Return the features that are not claimed, largest first, with what each lack means to a hospital."""
    by_feature: dict[str, list[CheckResult]] = {}
    for check in overview.of(run, Verdict.NOT_CLAIMED):
        if check.feature not in claimed(run):
            by_feature.setdefault(check.feature, []).append(check)
    found = [Lack(feature, words.lacking(feature), checks) for feature, checks in by_feature.items()]
    return [*sorted(found, key=lambda lack: (-len(lack.checks), lack.feature)), *_options(run)]


def _options(run: RunResult) -> list[Lack]:
    """Return the options of claimed features that are not claimed: "audit: consent"."""
    by_option: dict[str, list[CheckResult]] = {}
    for check in overview.of(run, Verdict.NOT_CLAIMED):
        if check.feature in claimed(run) and overview.is_option(check):
            name = f"{check.feature}: {check.reason.removeprefix(UNCLAIMED).strip()}"
            by_option.setdefault(name, []).append(check)
    return [
        Lack(name, f"Of {checks[0].feature} only this is not claimed.", checks)
        for name, checks in sorted(by_option.items())
    ]


def foreign(run: RunResult) -> list[Lack]:
    """Return the checks of claimed features that were not run because of the EHR behind the gateway."""
    rows, ehr = overview.requirement_rows(run), run.target.ehr
    found: tuple[list[CheckResult], list[CheckResult]] = ([], [])
    for check in overview.of(run, Verdict.NOT_CLAIMED):
        if check.feature in claimed(run) and not overview.is_option(check):
            row = rows.get(check.requirement)
            found[bool(row and row.behind and ehr not in row.behind)].append(check)
    words_of = (
        (f"No judgement behind {ehr} yet", "These need another EHR behind the gateway: they say nothing about it."),
        (f"Not applicable behind {ehr}", "What only another vendor's EHR has: there is nothing to judge here."),
    )
    return [Lack(title, text, checks) for (title, text), checks in zip(words_of, found, strict=True) if checks]


def drawings(load: LoadResult) -> list[Plot]:
    """Return the plots of a load run: rates and latencies over time, and how many requests took how long."""
    return [*plots(load), *filter(None, [distribution(load)])]


def passed_by_family(run: RunResult) -> list[tuple[Family, list[CheckResult]]]:
    """Return the families that have passed checks, each with these checks."""
    passed = overview.of(run, Verdict.PASS)
    grouped = [
        (family, [check for check in passed if overview.family_of(check.requirement) == family.code])
        for family in overview.families(run)
    ]
    return [(family, checks) for family, checks in grouped if checks]


def seconds(value: float) -> str:
    """Return a duration given in seconds for a reader: "850 ms", "12.5 s", "3 min 20 s"."""
    return milliseconds(finite(value) * 1000)


def number(value: object) -> str:
    """Return a figure for a reader: thousands apart, at most three decimals, no trailing zeros."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return "-"
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
