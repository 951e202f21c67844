from __future__ import annotations

from synthetic.edge_cases.injection import with_edge_cases
from synthetic.edge_cases.telling import losses, tellable
from synthetic.population import Population
from synthetic.writers.hl7v2_coverage import HL7V2

HOSPITAL = Population(7, 60)


def told(name: str) -> tuple[int, dict[str, str]]:
    """How many resources of chart 3 are told with a case, and what of its truth is lost."""
    edges = with_edge_cases(HOSPITAL, 1, [name])
    chart = edges.chart(3)
    telling = tellable(chart)
    return len(telling.chart.resources), losses(HL7V2, telling, chart, edges.truth(3)[0])


ALL = len(HOSPITAL.chart(3).resources)


def test_a_clean_chart_is_told_as_it_is() -> None:
    chart = HOSPITAL.chart(3)

    assert tellable(chart) == (chart, {})


def test_a_legal_case_is_told_and_what_is_lost_has_a_reason() -> None:
    assert told("trailing-zero") == (ALL, {})
    assert told("inactive-record") == (ALL, {"Patient.active": "HL7 v2.5.1 has no place for Patient.active"})


def test_an_unsound_resource_is_left_out() -> None:
    count, lost = told("observation-status-done")

    assert count == ALL - 1
    assert lost == {"Observation.status": "the resource breaks the rule 'binding' and is left out"}


def test_nothing_is_told_about_an_unsound_patient() -> None:
    assert told("truncated") == (0, {"Patient.$bytes": "the resource breaks the rule 'syntax' and is left out"})
    assert told("gender-woman")[0] == 0
