"""Values that JSON files of cases cannot hold."""

import pytest

from synthetic.r4.definitions import Primitive
from synthetic.r4.primitives import primitive_checks
from synthetic.r4.rules import problems


def observation(value):
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "valueQuantity": {"value": value},
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_outside_json_are_refused(value):
    (found,) = problems(observation(value))

    assert (found.path, found.rule) == ("Observation.valueQuantity.value", "format")


def test_the_longest_string_is_a_megabyte():
    longest = "x" * 2**20

    assert problems({"resourceType": "Patient", "name": [{"text": longest}]}) == []
    (found,) = problems({"resourceType": "Patient", "name": [{"text": longest + "x"}]})
    assert found.rule == "max-length"


@pytest.mark.parametrize(
    ("text", "good"), [("urn:oid:1.2", True), ("urn:oid:3.2", False), ("word", False), ("", False)]
)
def test_a_primitive_follows_the_expression_of_its_definition(text, good):
    formats = {"oid": Primitive(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+", None)}

    assert (not primitive_checks(formats)["oid"](text, {})) is good
