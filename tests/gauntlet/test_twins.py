"""Records matched with what is delivered of them by what they say."""

import json
from decimal import Decimal

import pytest

from gauntlet.twins import find_in, in_rows, twins
from synthetic.population import Population

POPULATION = Population(7, 2000)
DIRECTORY = POPULATION.directory()


def charts_with(kind, least=1):
    return next(chart for chart in map(POPULATION.chart, range(200)) if len(chart.of_type(kind)) >= least)


def renamed(record, number):
    """What a gateway with ids of its own delivers of a record."""
    return {**record.body, "id": f"p1.{number}"}


@pytest.mark.parametrize(
    "kind", ["Patient", "Condition", "Observation", "MedicationRequest", "AllergyIntolerance", "Appointment"]
)
def test_everything_has_its_twin_whatever_its_id(kind):
    chart = charts_with(kind)
    delivered = [renamed(record, number) for number, record in enumerate(chart.of_type(kind))]
    found = twins(chart.of_type(kind), reversed(delivered), find_in(chart, DIRECTORY))
    assert len(found.pairs) == len(delivered)
    assert found.missing == found.extra == ()


def test_what_is_not_delivered_is_missing_and_what_is_changed_is_extra():
    chart = charts_with("Condition", least=2)
    first, *rest = chart.of_type("Condition")
    shifted = {**renamed(first, 0), "onsetDateTime": "1901-01-01"}
    others = [renamed(record, number) for number, record in enumerate(rest, 1)]
    found = twins(chart.of_type("Condition"), [shifted, *others], find_in(chart, DIRECTORY))
    assert found.missing == (first,)
    assert found.extra == (shifted,)


def test_one_delivery_is_the_twin_of_one_record_only():
    chart = charts_with("Condition")
    record = chart.of_type("Condition")[0]
    found = twins([record, record], [renamed(record, 1)], find_in(chart, DIRECTORY))
    assert (len(found.pairs), found.missing) == (1, (record,))


def test_a_lost_zero_makes_another_record():
    chart, record = next(
        (chart, record)
        for chart in map(POPULATION.chart, range(200))
        for record in chart.of_type("Observation")
        if str(record.body.get("valueQuantity", {}).get("value", "")).endswith(".0")
    )
    body = renamed(record, 1)
    body["valueQuantity"]["value"] = Decimal(str(body["valueQuantity"]["value"])[:-2])
    assert twins([record], [body], find_in(chart, DIRECTORY)).extra == (body,)


@pytest.mark.parametrize("body", [{"resourceType": "Observation"}, {"resourceType": "Condition", "code": "x"}, {}])
def test_what_is_no_record_is_nobodys_twin(body):
    chart = charts_with("Observation")
    assert twins(chart.of_type("Observation")[:1], [body], find_in(chart, DIRECTORY)).extra == (body,)


def test_an_appointment_to_come_is_an_encounter_of_unity():
    chart = next(
        chart
        for chart in map(POPULATION.chart, range(200))
        if any(item.body["status"] == "booked" for item in chart.of_type("Appointment"))
    )
    to_come = [item.id for item in in_rows(chart, "Encounter")[len(chart.of_type("Encounter")) :]]
    booked = [item.id for item in chart.of_type("Appointment") if item.body["status"] == "booked"]
    assert set(booked) <= set(to_come)
    assert {json.loads(item.json)["resourceType"] for item in in_rows(chart, "Encounter")} == {"Encounter"}
    assert in_rows(chart, "Condition") == chart.of_type("Condition")
