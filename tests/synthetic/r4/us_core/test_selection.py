"""A resource follows the profiles it claims, else those its content implies."""

import pytest

from synthetic.r4.us_core import profiles_for

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def observation(category=None, *codes, claims=()):
    resource = {
        "resourceType": "Observation",
        "code": {"coding": [{"system": "http://loinc.org", "code": c} for c in codes]},
    }
    if category:
        resource["category"] = [{"coding": [{"system": CATEGORY, "code": category}]}]
    if claims:
        resource["meta"] = {"profile": list(claims)}
    return resource


@pytest.mark.parametrize(
    ("resource", "names"),
    [
        ({"resourceType": "Patient"}, ["us-core-patient"]),
        ({"resourceType": "Appointment"}, []),
        ({"resourceType": "Device"}, []),
        ({"resourceType": "Condition"}, []),
        (observation("vital-signs", "8867-4"), ["us-core-heart-rate"]),
        (observation("vital-signs", "9999-9"), ["us-core-vital-signs"]),
        (observation(None, "85354-9"), ["us-core-blood-pressure"]),
        (observation("laboratory", "2345-7"), ["us-core-observation-lab"]),
        (
            observation("laboratory", "2345-7", claims=[US_CORE + "us-core-simple-observation"]),
            ["us-core-simple-observation"],
        ),
        (observation("laboratory", claims=[US_CORE + "us-core-bmi|6.1.0"]), ["us-core-bmi"]),
        (observation("laboratory", claims=["http://example.org/mine"]), ["us-core-observation-lab"]),
        (observation("laboratory", claims=[US_CORE + "us-core-of-the-future"]), ["us-core-observation-lab"]),
        ("no resource", []),
        ({"resourceType": "Observation", "category": [7], "code": None}, []),
        ({"resourceType": "Observation", "category": [{"coding": "vital-signs"}], "meta": {"profile": 3}}, []),
    ],
)
def test_profiles(resource, names):
    assert profiles_for(resource) == [US_CORE + name for name in names]
