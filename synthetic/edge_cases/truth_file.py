"""The truth about a cohort with edge cases: one line for each resource that a case touched (NDJSON)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, BinaryIO

from synthetic.chart import Chart
from synthetic.edge_cases.exact_json import dumps
from synthetic.edge_cases.injection import EdgeChart, EdgePopulation, Injected
from synthetic.edge_cases.telling import Telling, losses, tellable
from synthetic.writers.coverage import Coverage


def write_truth(population: EdgePopulation, indices: Iterable[int], out: BinaryIO) -> int:
    """Write what was injected into these charts; returns the number of lines. Raises IndexError.

    Numbers keep their digits; null says that nothing may stand at that path.
    """
    lines = 0
    for index in indices:
        if population.case(index) is not None:
            found = truth_lines(population.chart(index))
            out.write(b"".join(found))
            lines += len(found)
    return lines


def truth_lines(chart: Chart, coverage: Coverage | None = None) -> list[bytes]:
    """The lines about one chart, none for a clean one; `coverage` is that of a format other than FHIR JSON."""
    if not isinstance(chart, EdgeChart):
        return []
    telling = tellable(chart) if coverage else Telling(chart, {})
    return [
        dumps(row(one, chart.index, chart.id, losses(coverage, telling, chart, one) if coverage else {})) + b"\n"
        for one in chart.injected
    ]


def row(
    injected: Injected, index: int, patient: str, losses: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """One line of the file; `losses` are the elements that the format of the charts does not carry, with the reason."""
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
        "not_carried": dict(losses),
    }
