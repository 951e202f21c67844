"""Measurements agree with each other, with their ranges, and with illness."""

from __future__ import annotations

from decimal import Decimal
from statistics import median
from typing import Any

import pytest

from synthetic.findings import egfr
from synthetic.population import Chart


def _values(chart: Chart) -> dict[str, dict[str, Decimal]]:
    """Time to LOINC code to value."""
    found: dict[str, dict[str, Decimal]] = {}
    for observation in chart.of_type("Observation"):
        body = observation.body
        at = found.setdefault(body["effectiveDateTime"], {})
        if "valueQuantity" in body:
            at[body["code"]["coding"][0]["code"]] = body["valueQuantity"]["value"]
        for component in body.get("component", []):
            at[component["code"]["coding"][0]["code"]] = component["valueQuantity"]["value"]
    return found


# CKD-EPI 2021 worked examples, computed from the published formula (doi:10.1056/NEJMoa2102953, table S11).
@pytest.mark.parametrize(
    ("creatinine", "years", "sex", "expected"),
    [(1.0, 50, "male", 92), (1.0, 50, "female", 69), (0.7, 30, "female", 119), (2.5, 75, "male", 26)],
)
def test_egfr(creatinine: float, years: int, sex: str, expected: int) -> None:
    assert round(egfr(creatinine, years, sex)) == expected


def test_body_mass_index_follows_from_weight_and_height(charts: list[Chart]) -> None:
    seen = 0
    for chart in charts:
        for values in _values(chart).values():
            if "39156-5" in values:
                seen += 1
                expected = values["29463-7"] / (values["8302-2"] / 100) ** 2
                assert abs(expected - values["39156-5"]) <= Decimal("0.051")
    assert seen == len(charts)


def test_ldl_follows_from_the_other_lipids(charts: list[Chart]) -> None:
    seen = 0
    for chart in charts:
        for values in _values(chart).values():
            if {"2093-3", "2085-9", "2571-8", "13457-7"} <= set(values):
                seen += 1
                expected = values["2093-3"] - values["2085-9"] - values["2571-8"] / 5
                assert abs(max(Decimal(30), expected) - values["13457-7"]) <= 2
    assert seen > 30


def test_pressure_is_a_pressure(charts: list[Chart]) -> None:
    for chart in charts:
        for values in _values(chart).values():
            if "8480-6" in values:
                assert 50 < values["8462-4"] + 20 <= values["8480-6"] < 230


def test_flags_agree_with_the_range(charts: list[Chart]) -> None:
    flags = set()
    for chart in charts:
        for observation in chart.of_type("Observation"):
            body = observation.body
            if "referenceRange" not in body:
                continue
            value, limits = body["valueQuantity"]["value"], body["referenceRange"][0]
            low, high = (limits.get(side, {}).get("value") for side in ("low", "high"))
            expected = "L" if low is not None and value < low else "H" if high is not None and value > high else "N"
            assert body["interpretation"][0]["coding"][0]["code"] == expected
            flags.add(expected)
    assert flags == {"L", "N", "H"}


def _latest(chart: Chart, code: str) -> Any:
    return next((values[code] for _, values in sorted(_values(chart).items(), reverse=True) if code in values), None)


@pytest.mark.parametrize(
    ("illness", "code", "more"),
    [("I10", "8480-6", 8), ("E11.9", "2345-7", 25), ("N18.30", "2160-0", 0.5), ("E66.9", "39156-5", 4)],
)
def test_illness_shows(charts: list[Chart], illness: str, code: str, more: float) -> None:
    groups: dict[bool, list[float]] = {True: [], False: []}
    for chart in charts:
        if chart.patient.body["birthDate"] < "1986":
            has = any(c.body["code"]["coding"][0]["code"] == illness for c in chart.of_type("Condition"))
            value = _latest(chart, code)
            if value is not None:
                groups[has].append(float(value))
    assert len(groups[True]) >= 5
    assert median(groups[True]) > median(groups[False]) + more
