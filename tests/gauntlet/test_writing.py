import json
from types import SimpleNamespace

import pytest

from gauntlet.target_model import Claims, WriteClaim
from gauntlet.writing import body, later, writable
from synthetic.population import Population
from synthetic.r4.rules import problems

TYPES = ("AllergyIntolerance", "Condition", "Observation")
POPULATION = Population(20261121, 400)


@pytest.mark.parametrize("resource_type", TYPES)
@pytest.mark.parametrize("note", ["", 'mark "x" 😀'])
def test_every_body_is_valid_and_about_its_patient(resource_type, note):
    for index in range(0, 400, 23):
        chart = POPULATION.chart(index)
        resource = json.loads(body(resource_type, chart, note=note))
        assert problems(resource) == []
        assert resource["resourceType"] == resource_type
        subject = resource.get("subject") or resource.get("patient")
        assert subject == {"reference": f"Patient/{chart.id}"}
        assert resource.get("note", []) == ([{"text": note}] if note else [])
        assert resource["meta"]["security"][0]["code"] == "HTEST"


def test_bodies_can_be_told_apart():
    chart = POPULATION.chart(0)
    assert body("Condition", chart) == body("Condition", chart)
    assert body("Condition", chart, note="a") != body("Condition", chart, note="b")


def test_vitals_are_filed_in_an_open_encounter_of_the_patient():
    for index in range(40):
        chart = POPULATION.chart(index)
        reference = json.loads(body("Observation", chart))["encounter"]["reference"]
        encounter = chart.find("Encounter", reference.partition("/")[2])
        assert encounter.body["status"] == "in-progress"


@pytest.mark.parametrize(
    ("types", "chosen"),
    [
        (["Condition", "AllergyIntolerance"], "AllergyIntolerance"),
        (["Condition"], "Condition"),
        (["Observation", "Condition"], "Observation"),
    ],
)
def test_the_type_to_write(types, chosen):
    assert writable(Claims(write=WriteClaim(types=types))) == chosen


def test_no_writes_claimed():
    with pytest.raises(pytest.skip.Exception, match="the target does not claim write"):
        writable(SimpleNamespace(write=None))


def test_an_instant_so_many_minutes_later():
    assert later("2026-06-14T23:58:00Z", 7) == "2026-06-15T00:05:00Z"
