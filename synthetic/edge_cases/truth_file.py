"""The truth about a cohort with edge cases: one line for each resource that a case touched (NDJSON)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from synthetic.edge_cases.exact_json import dumps
from synthetic.edge_cases.injection import EdgePopulation, Injected


def write_truth(population: EdgePopulation, indices: Iterable[int], out: BinaryIO) -> int:
    """Write what was injected into these charts; returns the number of lines. Raises IndexError.

    Numbers keep their digits; null says that nothing may stand at that path.
    """
    lines = 0
    for index in indices:
        if population.case(index) is None:
            continue
        chart = population.chart(index)
        for injected in population.truth(index):
            out.write(dumps(row(injected, index, chart.id)) + b"\n")
            lines += 1
    return lines


def row(injected: Injected, index: int, patient: str) -> dict[str, Any]:
    """One line of the file."""
    case = injected.case
    return {
        "case": case.name,
        "family": case.family.value,
        "expected": case.expected.value,
        "requirements": list(case.requirements),
        "rule": case.rule,
        "chart": index,
        "patient": patient,
        "resource": f"{injected.resource_type}/{injected.id}",
        "path": injected.path,
        "truth": injected.truth,
        "sentence": case.sentence,
    }
