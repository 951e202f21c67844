"""Illness by age and sex."""

from __future__ import annotations

import pytest

from synthetic.codes.illness import CHRONIC, risks
from synthetic.population import Chart, Population

BANDS = ((0, 18), (18, 40), (40, 60), (60, 75), (75, 105))


@pytest.mark.parametrize(
    ("age", "band"), [(0, 0), (17, 0), (18, 1), (39, 1), (40, 2), (59, 2), (60, 3), (75, 4), (104, 4)]
)
def test_bands(age: int, band: int) -> None:
    shares = {illness.code: share for illness, share in risks("female", age)}
    assert shares == {illness.code: illness.females[band] / 100 for illness in CHRONIC if illness.females[band]}


def test_what_only_men_have() -> None:
    assert all(illness.code != "N40.0" for illness, _ in risks("female", 80))


@pytest.fixture(scope="module")
def many() -> list[Chart]:
    population = Population(11, 3000)
    return [population.chart(index) for index in range(0, 3000, 4)]


@pytest.mark.parametrize(("code", "least", "most"), [("I10", 0.55, 0.75), ("E78.5", 0.38, 0.56), ("M17.9", 0.15, 0.35)])
def test_prevalence_over_sixty(many: list[Chart], code: str, least: float, most: float) -> None:
    old = [chart for chart in many if chart.patient.body["birthDate"] < "1966-06"]
    has = sum(any(c.body["code"]["coding"][0]["code"] == code for c in chart.of_type("Condition")) for chart in old)
    assert least < has / len(old) < most


def test_nobody_has_an_illness_of_the_old_as_a_child(many: list[Chart]) -> None:
    for chart in many:
        if chart.patient.body["birthDate"] > "2010":
            codes = {c.body["code"]["coding"][0]["code"] for c in chart.of_type("Condition")}
            assert not codes & {"I10", "E11.9", "N40.0", "M81.0", "I25.10"}
