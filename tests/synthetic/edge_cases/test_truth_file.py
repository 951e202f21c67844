from __future__ import annotations

import json
from io import BytesIO

from synthetic.edge_cases.catalogue import CASES
from synthetic.edge_cases.injection import with_edge_cases
from synthetic.edge_cases.truth_file import write_truth
from synthetic.population import Population


def test_the_file_lists_everything_that_was_injected() -> None:
    population = Population(7, 60)
    edges = with_edge_cases(population, 0.5, seed=9)
    out = BytesIO()

    count = write_truth(edges, range(60), out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]

    assert len(rows) == count
    listed = {(row["chart"], row["resource"]) for row in rows}
    for index in range(60):
        chart, before = edges.chart(index), {resource.json for resource in population.chart(index).resources}
        case = edges.case(index)
        new = {resource.reference for resource in chart.resources if resource.json not in before}
        ours = {resource for at, resource in listed if at == index}
        assert bool(ours) == (case is not None)
        if case is not None:
            told = {row["case"] for row in rows if row["chart"] == index}
            assert told == {case.name}
            assert ours == new or (ours < new and "Patient.name" in case.where)  # a name shows in references


def test_a_line_says_what_is_expected_and_keeps_digits() -> None:
    edges = with_edge_cases(Population(7, 60), 1, ["trailing-zero"])
    out = BytesIO()
    write_truth(edges, [3], out)
    row = json.loads(out.getvalue())

    assert b":1.50," in out.getvalue()
    assert row["case"] == "trailing-zero"
    assert row["expected"] == "accept-and-preserve"
    assert row["patient"] == edges.chart(3).id
    assert row["sentence"] == CASES["trailing-zero"].sentence
    assert row["requirements"] == ["MAP-05", "MAP-03", "CON-06"]
    assert row["resource"].startswith("Observation/e")
    assert row["path"] == "Observation.valueQuantity.value"
