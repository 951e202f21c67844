"""The page of a teeth run: which defects are caught, by what, and what fails besides: pure."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from gauntlet.teeth import Bite, Matrix
from gauntlet.verdict import Verdict

_NOTICED = (Verdict.FAIL, Verdict.WARN)
_MOST = 5  # checks that are named in a row
MOST_BESIDES = 2  # in the median: a defect that many unrelated checks notice tells nobody what is wrong


def besides(bites: Sequence[Bite]) -> list[Bite]:
    """Return the checks that noticed a defect without naming it."""
    return [bite for bite in bites if bite.verdict in _NOTICED and not bite.expected]


def by_defect(matrix: Matrix) -> dict[str, list[Bite]]:
    """Return the bites of each defect."""
    ordered = sorted(matrix.bites, key=lambda bite: bite.defect)
    return {defect: list(bites) for defect, bites in groupby(ordered, key=lambda bite: bite.defect)}


def median_besides(matrix: Matrix) -> float:
    """Return the median over all defects of how many checks fail that do not name the defect; 0 without any."""
    return statistics.median([len(besides(bites)) for bites in by_defect(matrix).values()] or [0])


def page(matrix: Matrix, defects: Collection[str] = ()) -> str:
    """Return the matrix as a Markdown page; of the known `defects`, those that were not tried are named."""
    return "\n".join([*_head(matrix), *_rows(matrix), *_missed(matrix), *_untried(matrix, defects), ""])


def _head(matrix: Matrix) -> Iterator[str]:
    found = by_defect(matrix)
    missed = {bite.defect for bite in matrix.toothless}
    yield "# Teeth: every defect against the checks"
    yield ""
    yield f"- {len(found) - len(missed)} of {len(found)} defects are caught by every check that names them."
    yield f"- The reference gateway without a defect: {matrix.honest.value}."
    if matrix.others == "all":
        yield f"- Checks that fail besides, without naming the defect: median {median_besides(matrix):g} a defect."
    elif matrix.others == "quick":
        yield (
            "- Checks of the quick selection that fail besides, without naming the defect: median"
            f" {median_besides(matrix):g} a defect."
        )
    else:
        yield "- Only the checks that name a defect met it; `gauntlet teeth --all` shows what fails besides."
    yield from (f"- Fails on the honest gateway: {failure}" for failure in matrix.honest_failures)


def _rows(matrix: Matrix) -> Iterator[str]:
    yield ""
    yield "| defect | caught by | besides |"
    yield "|---|---|---|"
    for defect, bites in by_defect(matrix).items():
        named = [bite for bite in bites if bite.expected]
        caught = sum(bite.verdict in _NOTICED for bite in named)
        others = besides(bites)
        told = f"{len(others)}{': ' if others else ''}{', '.join(f'`{bite.check}`' for bite in others[:_MOST])}"
        more = f" and {len(others) - _MOST} more" if len(others) > _MOST else ""
        yield f"| `{defect}` | {caught} of {len(named)} | {'not tried' if matrix.others == 'none' else told + more} |"


def _missed(matrix: Matrix) -> Iterator[str]:
    if matrix.toothless:
        yield ""
        yield "## Not caught"
        yield ""
        for bite in matrix.toothless:
            yield f"- `{bite.defect}` by `{bite.check}`: {bite.verdict.value} {bite.reason}".rstrip()


def untried(matrix: Matrix, defects: Collection[str]) -> list[str]:
    """Return which of the known `defects` the matrix says nothing about."""
    return sorted(set(defects) - matrix.defects)


def _untried(matrix: Matrix, defects: Collection[str]) -> Iterator[str]:
    if names := untried(matrix, defects):
        yield ""
        yield f"## Not tried: {len(names)} of {len(defects)} defects"
        yield ""
        yield ", ".join(f"`{name}`" for name in names)
