"""A run seen as a whole: counts by family, groups of checks, and what stands in the way of a release."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gauntlet.load_result import LoadResult
from gauntlet.result import CheckResult, ProfileResult, RequirementRow, RunResult
from gauntlet.verdict import UNCLAIMED, Outcome, Verdict
from reports.words import ASKED, EXIT_CODES, FAMILIES, OUTCOMES, VERDICTS, Word, counted, family_name

ANCHOR_LENGTH = 120
_OBSTRUCTING = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True)
class Family:
    """One requirement family: how its checks came out, and how many of its requirements nothing judges."""

    code: str
    name: str
    counts: Mapping[Verdict, int]
    requirements: int
    unchecked: int

    @property
    def checks(self) -> int:
        """Return how many checks it has, whatever they came out as."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing between the target and a conformant verdict: a requirement or a load profile."""

    key: str  # requirement id or load profile
    verdict: Verdict
    level: str
    text: str
    why: str  # of the first check
    checks: int
    anchor: str


def case_of(check: str) -> str:
    """Return which case of a check with several this is: "html" for "a/test_b.py::test_c[html]", else ""."""
    return check.partition("[")[2].removesuffix("]")


def family_of(requirement: str) -> str:
    """Return the family code of a requirement id: "AUT" for "AUT-02"."""
    return requirement.partition("-")[0] or "?"


def anchor(check: str) -> str:
    """Return the fragment that links to `check` in the page: "check-" and the id, the rest dashes."""
    plain = re.sub(r"[^A-Za-z0-9_.]+", "-", check).strip("-")
    if len(plain) <= ANCHOR_LENGTH and plain:
        return f"check-{plain}"
    return f"check-{plain[:ANCHOR_LENGTH]}-{zlib.crc32(check.encode(errors='replace')):08x}"


def anchors(checks: Iterable[CheckResult]) -> dict[str, str]:
    """Return a fragment for each check id; ids whose plain forms collide get a number behind."""
    found: dict[str, str] = {}
    used: Counter[str] = Counter()
    for check in checks:
        if check.check not in found:
            plain = anchor(check.check)
            used[plain] += 1
            found[check.check] = plain if used[plain] == 1 else f"{plain}--{used[plain]}"
    return found


def load_anchor(profile: str) -> str:
    """Return the fragment that links to a load profile's results in the page."""
    return anchor(profile).replace("check-", "load-", 1)


def counts(checks: Iterable[CheckResult]) -> dict[Verdict, int]:
    """Return how many checks have each verdict, worst first, with zeros."""
    found = Counter(check.verdict for check in checks)
    return {verdict: found[verdict] for verdict in VERDICTS}


def families(run: RunResult) -> list[Family]:
    """Return the families of `run` in the catalogue's order; unknown ones follow as they appear.

    A part that was asked for as such shows the families that it has to do with.
    """
    judged = {family_of(check.requirement) for check in run.checks}
    seen = [family_of(row.id) for row in run.requirements] + [family_of(check.requirement) for check in run.checks]
    return [
        Family(
            code=code,
            name=family_name(code),
            counts=counts(check for check in run.checks if family_of(check.requirement) == code),
            requirements=sum(family_of(row.id) == code for row in run.requirements),
            unchecked=sum(family_of(row.id) == code for row in without_checks(run)),
        )
        for code in dict.fromkeys([*(known for known in FAMILIES if known in seen), *seen])
        if code in judged or not run.unasked
    ]


def of(run: RunResult, *verdicts: Verdict) -> list[CheckResult]:
    """Return the checks of `run` with one of `verdicts`, in their order, then by requirement and id."""
    found = [check for check in run.checks if check.verdict in verdicts]
    rank = family_rank(run)
    return sorted(found, key=lambda check: (verdicts.index(check.verdict), rank(check.requirement), check.check))


def family_rank(run: RunResult) -> Callable[[str], tuple[int, str]]:
    """Return a sort key for requirement ids: families as the page lists them, then the id."""
    order = {family.code: place for place, family in enumerate(families(run))}
    return lambda requirement: (order.get(family_of(requirement), len(order)), requirement)


def requirement_rows(run: RunResult) -> dict[str, RequirementRow]:
    """Return the requirement rows of `run` by id."""
    return {row.id: row for row in run.requirements}


def without_checks(run: RunResult) -> list[RequirementRow]:
    """Return the requirements that no check judges."""
    return [row for row in run.requirements if row.checks == 0]


def obstacles(run: RunResult) -> list[Obstacle]:
    """Return what keeps `run` from being conformant, worst first.

    Failures: one entry a requirement. What could not be judged or broke: one entry a reason, because a killed process
    takes dozens of requirements with it. Load profiles that did not hold: one entry each.
    """
    texts = requirement_rows(run)
    links = anchors(run.checks)
    groups: dict[tuple[Verdict, str], list[CheckResult]] = {}
    for check in of(run, *_OBSTRUCTING):
        shared = check.requirement if check.verdict is Verdict.FAIL else check.reason
        groups.setdefault((check.verdict, shared), []).append(check)
    found = [_of_checks(checks, texts, links) for checks in groups.values()]
    found += [_of_load(load) for load in run.load if load.verdict in _OBSTRUCTING]
    return sorted(found, key=lambda item: _OBSTRUCTING.index(item.verdict))


def _of_checks(
    checks: Sequence[CheckResult], texts: Mapping[str, RequirementRow], links: Mapping[str, str]
) -> Obstacle:
    first = checks[0]
    others = len({check.requirement for check in checks}) - 1
    text = texts[first.requirement].text if first.requirement in texts else first.title
    return Obstacle(
        key=first.requirement,
        verdict=first.verdict,
        level=first.level,
        text=f"and {counted(others, 'more requirement')}" if others else text,
        why=first.reason,
        checks=len(checks),
        anchor=links[first.check],
    )


def _of_load(load: LoadResult) -> Obstacle:
    missed = ", ".join(item.label for item in load.objectives if item.missed)
    return Obstacle(
        key=load.profile,
        verdict=load.verdict,
        level="MUST",
        text=f"Load profile {load.profile}" + (f": {missed} not held" if missed else ""),
        why=load.reason,
        checks=1,
        anchor=load_anchor(load.profile),
    )


def headline(run: RunResult) -> Word:
    """Return the word for the outcome: a part that was asked for as such passes, and is no verdict on the whole."""
    return ASKED if run.outcome is Outcome.CONFORMANT and run.unasked else OUTCOMES[run.outcome]


def exit_meaning(run: RunResult) -> str:
    """Return what the exit code says."""
    if run.unasked and run.outcome is Outcome.CONFORMANT:
        return "what was asked for holds"
    return EXIT_CODES.get(run.exit_code, "unknown")


def profiles_met(run: RunResult) -> list[ProfileResult]:
    """Return the certificate profiles; of a part that was asked for as such those that it has to do with."""
    return [profile for profile in run.profiles if profile.musts_tested or not run.unasked]


def sentence(run: RunResult) -> str:
    """Return what the run amounts to as figures: "3 of 41 checks that ran failed, ..."."""
    found = counts(run.checks)
    ran = sum(found.values()) - found[Verdict.NOT_CLAIMED]
    if not ran:
        return "No check ran."
    named = {
        Verdict.FAIL: "failed",
        Verdict.ERROR: "hit a harness error",
        Verdict.INCONCLUSIVE: "could not be judged",
        Verdict.WARN: "warned",
        Verdict.WAIVED: "waived",
        Verdict.PASS: "passed",
    }
    parts = [f"{found[verdict]} {word}" for verdict, word in named.items() if found[verdict]]
    text = f"Of {counted(ran, 'check')} that ran, " + ", ".join(parts)
    if found[Verdict.NOT_CLAIMED]:
        text += f"; {found[Verdict.NOT_CLAIMED]} more are for features that are not claimed"
    return text + "."


def left_out(run: RunResult) -> str:
    """Return what was deselected, and what no check can judge behind this EHR; "" when there is neither."""
    if run.unasked:
        return f"{counted(run.unasked, 'check')} of the suite not asked for."
    if not run.deselected:
        return ""
    elsewhere = min(_elsewhere(run), run.deselected)
    found = []
    if run.deselected > elsewhere:
        hint = " Run without a selection for a verdict on the whole." if run.outcome is Outcome.PARTIAL else ""
        found.append(f"{counted(run.deselected - elsewhere, 'check')} left out on purpose.{hint}")
    if elsewhere:
        found.append(f"{counted(elsewhere, 'check')} of claimed features cannot judge behind {run.target.ehr} yet.")
    return " ".join(found)


def _elsewhere(run: RunResult) -> int:
    """Return how many checks of claimed features were not run because of the EHR, in rows that nothing else judged."""
    claims, rows = {"core", *run.target.claims}, requirement_rows(run)
    judged = {check.requirement for check in run.checks if check.verdict is not Verdict.NOT_CLAIMED}
    foreign = {name for name, row in rows.items() if row.behind and run.target.ehr not in row.behind}
    left = [check for check in run.checks if check.verdict is Verdict.NOT_CLAIMED and check.feature in claims]
    left = [check for check in left if not is_option(check)]
    return sum(check.requirement not in judged | foreign for check in left)


def is_option(check: CheckResult) -> bool:
    """Return whether a check was not run because what it judges is not claimed, and not because of the EHR."""
    return check.verdict is Verdict.NOT_CLAIMED and check.reason.startswith(UNCLAIMED)
