"""The public entry of R4 validation: paths, foreign values, speed of the common case."""

from decimal import Decimal

import pytest

from synthetic.r4.rules import Problem, problems

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "gender": "female",
    "name": [{"family": "Ng", "given": ["Ana"]}],
}


def test_a_valid_resource_has_no_problems():
    assert problems(PATIENT) == []


def test_a_problem_tells_path_rule_and_the_valid_values():
    found = problems(PATIENT | {"contact": [{"gender": "woman", "name": {"text": "Bo"}}]})

    assert found == [
        Problem(
            "Patient.contact[0].gender",
            "binding",
            "'woman' is not in the required value set http://hl7.org/fhir/ValueSet/administrative-gender; "
            "valid: female, male, other, unknown",
        )
    ]


def test_an_unknown_element_names_the_closest_one():
    (found,) = problems(PATIENT | {"birthdate": "2000-01-01"})

    assert (found.path, found.rule) == ("Patient.birthdate", "unknown-element")
    assert "did you mean 'birthDate'?" in found.message


def test_paths_go_through_bundles():
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": PATIENT}, {"resource": PATIENT | {"active": "yes"}}],
    }

    assert [problem.path for problem in problems(bundle)] == ["Bundle.entry[1].resource.active"]


@pytest.mark.parametrize("value", [None, [], "Patient", 3, {}, {"resourceType": 7}, {"resourceType": "Pateint"}])
def test_what_is_no_resource_is_a_problem_and_not_an_error(value):
    assert len(problems(value)) == 1


@pytest.mark.parametrize("number", [98, 98.5, Decimal("98.50")])
def test_numbers_may_be_int_float_or_decimal(number):
    quantity = {"value": number, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "oxygen saturation"},
        "valueQuantity": quantity,
    }

    assert problems(observation) == []


def test_very_deep_nesting_is_a_problem_and_not_a_crash():
    extension: dict[str, object] = {"url": "http://example.org/leaf", "valueBoolean": True}
    for _ in range(3000):
        extension = {"url": "http://example.org/node", "extension": [extension]}

    (found,) = problems(PATIENT | {"extension": [extension]})

    assert found.rule == "depth"
