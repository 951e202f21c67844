"""Every legal edge case as Unity rows: they carry the truth, or the coverage says which element they do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from synthetic.edge_cases.case import Case, Family
from synthetic.edge_cases.catalogue import CASES
from synthetic.edge_cases.exact_json import same
from synthetic.edge_cases.injection import EdgePopulation, with_edge_cases
from synthetic.edge_cases.paths import value_at
from synthetic.population import Chart, Population
from synthetic.writers.coverage import leaves, not_carried
from synthetic.writers.unity import Row, unity_rows
from synthetic.writers.unity_coverage import UNITY

POPULATION = Population(7, 60)
DIRECTORY = POPULATION.directory()
LEGAL = [case for case in CASES.values() if case.family is Family.VALID and not case.by_name_only]
INDEX = 8
CLEAN = POPULATION.chart(INDEX)
REDUCED = ("columns have",)  # a time is told, and not all of it
SAME_WHEN_TOLD = {"Observation.effectivePeriod.start"}  # it is the time that was told before
DERIVED = ("transid", "AgeDec", "age", "TimeIn", "TimeStart", "TimeOut")  # by counting, or from other elements


def told(chart: Chart) -> list[Row]:
    """The rows of a chart without what is counted or derived."""
    rows = [row for found in unity_rows(chart, DIRECTORY).values() for row in found]
    return [{name: value for name, value in row.items() if name not in DERIVED} for row in rows]


TOLD = told(CLEAN)


def lost(population: EdgePopulation) -> Iterator[tuple[str, Any, str, Any]]:
    """Path, value, why it is not carried (empty: it is), and the value in the clean chart."""
    chart = population.chart(INDEX)
    for injected in population.truth(INDEX):
        resource = next(one for one in chart.resources if (one.type, one.id) == injected[1:3])
        reasons = not_carried(UNITY, resource.body, chart.patient.body, injected.truth)
        before = CLEAN.find(*injected[1:3])
        for start, item in injected.truth.items():
            for path, value in leaves(item, start):
                element = path.partition(".")[2]
                known = None if before is None or element == "$bytes" else value_at(before.body, element)
                yield path, value, reasons.get(path, ""), known


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in LEGAL])
def test_rows_carry_a_case_or_say_what_they_lose(case: Case) -> None:
    edges = with_edge_cases(POPULATION, 1, [case.name])
    found, after = list(lost(edges)), told(edges.chart(INDEX))
    new = [path for path, value, why, known in found if not why and not same(value, known)]
    added = any(CLEAN.find(*injected[1:3]) is None for injected in edges.truth(INDEX))

    emptied = any(value is None for injected in edges.truth(INDEX) for value in injected.truth.values())

    if all(why and not why.startswith(REDUCED) for _, _, why, _ in found):
        assert after == TOLD or added or emptied
    elif set(new) - SAME_WHEN_TOLD:
        assert after != TOLD, new


def test_what_rows_lose_is_named() -> None:
    edges = with_edge_cases(POPULATION, 1, ["three-codings"])
    reasons = {path: why for path, _, why, _ in lost(edges) if why}

    assert reasons["Observation.code.coding[2].code"] == "a row has room for the first one"
    assert "Observation.code.coding[0].code" not in reasons
