from __future__ import annotations

import pytest

from synthetic.edge_cases.coherence import references, unmangled
from synthetic.edge_cases.inspection import inspect
from synthetic.population import Chart, Population


def test_the_population_is_coherent(clean: dict[int, Chart], hospital: Population) -> None:
    assert [found for chart in clean.values() for found in inspect(chart, hospital)] == []


def test_a_chart_is_judged_by_its_own_population(clean: dict[int, Chart]) -> None:
    rules = {found.problem.rule for found in inspect(clean[0], Population(8, 60))}

    assert rules == {"dangling-reference"}


def test_references_have_the_path_of_their_element() -> None:
    body = {"subject": {"reference": "Patient/1"}, "participant": [{"actor": {"reference": "#a"}}], "note": "x"}

    assert list(references(body)) == [("subject", "Patient/1"), ("participant[0].actor", "#a")]


@pytest.mark.parametrize(
    ("text", "was"),
    [
        ("MuÃ±oz", "Muñoz"),
        ("â€™", "\u2019"),
        ("Muñoz", None),
        ("Åsa Öberg", None),
        ("山田", None),
        ("POSPÍŠIL", None),
        ("plain", "plain"),
    ],
)
def test_unmangled(text: str, was: str | None) -> None:
    assert unmangled(text) == was
