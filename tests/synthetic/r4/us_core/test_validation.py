"""A profile may be named by url or by its last part; an unknown one is an error of the caller."""

import pytest

from synthetic.r4.us_core import us_core_problems

URL = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-location"
LOCATION = {"resourceType": "Location", "status": "active"}


@pytest.mark.parametrize("profile", [None, "us-core-location", URL, URL + "|6.1.0"])
def test_ways_to_name_a_profile(profile):
    (found,) = us_core_problems(LOCATION, profile)

    assert (found.path, found.rule) == ("Location.name", "us-core-required")
    assert found.message == "us-core-location must have name"


def test_an_unknown_profile_is_refused_with_the_closest_one():
    with pytest.raises(ValueError, match="did you mean 'us-core-location'"):
        us_core_problems(LOCATION, "us-core-locations")


def test_a_profile_of_another_type_is_a_problem():
    (found,) = us_core_problems(LOCATION, "us-core-patient")

    assert found.rule == "us-core-type"


@pytest.mark.parametrize("value", [None, [], {"resourceType": "Pateint"}, {"resourceType": "Appointment"}])
def test_what_has_no_profile_has_no_problems(value):
    assert us_core_problems(value) == []
