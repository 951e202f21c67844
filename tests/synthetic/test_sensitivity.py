"""Sensitive classes carry their labels, and consents speak of them."""

from __future__ import annotations

from typing import Any

import pytest

from synthetic.population import Chart, Population

ILLNESSES = {"F10.20": "ETH", "F11.20": "ETH", "B20": "HIV", "F32.A": "PSY", "F41.1": "PSY"}


@pytest.fixture(scope="module")
def many() -> list[Chart]:
    population = Population(7, 3000)
    return [population.chart(index) for index in range(1200)]


def _labels(body: dict[str, Any]) -> set[str]:
    return {label["code"] for label in body["meta"]["security"]}


def test_conditions_and_their_drugs_are_labelled(many: list[Chart]) -> None:
    seen = set()
    for chart in many:
        conditions = {f"Condition/{c.id}": c.body for c in chart.of_type("Condition")}
        for condition in conditions.values():
            label = ILLNESSES.get(condition["code"]["coding"][0]["code"])
            expected = {"HTEST"} | ({"R", label} if label else set()) | ({"42CFRPart2"} if label == "ETH" else set())
            assert _labels(condition) == expected
            seen.add(label)
        for order in chart.of_type("MedicationRequest"):
            reason = conditions[order.body["reasonReference"][0]["reference"]]
            assert _labels(order.body) == _labels(reason)
    assert seen == {None, "ETH", "HIV", "PSY"}


def test_whoever_has_a_sensitive_illness_has_refused_to_share_it(many: list[Chart]) -> None:
    for chart in many:
        classes = set()
        for condition in chart.of_type("Condition"):
            status = condition.body["verificationStatus"]["coding"][0]["code"]
            if status not in ("refuted", "entered-in-error"):
                classes |= _labels(condition.body) & set(ILLNESSES.values())
        denied = set()
        for consent in chart.of_type("Consent"):
            for provision in consent.body["provision"].get("provision", []):
                denied |= {label["code"] for label in provision["securityLabel"]}
        assert denied == classes
