import copy
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gauntlet.meaning import first_difference
from synthetic.population import Population

TRUTH = json.loads(
    """{"resourceType": "Observation", "id": "o1", "status": "final", "meta": {"versionId": "1"},
    "category": [{"coding": [{"system": "c", "code": "vital-signs", "display": "Vital signs"}]}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}], "text": "Blood pressure"},
    "subject": {"reference": "Patient/p1"}, "effectiveDateTime": "2026-06-15T08:00:00Z",
    "valueQuantity": {"value": 1.50, "unit": "mg"}, "valueInteger": 3, "flag": true, "given": ["Ann", "Marie"],
    "component": [{"code": {"text": "systolic"}, "valueQuantity": {"value": 120}},
                  {"code": {"text": "diastolic"}, "valueQuantity": {"value": 80}}]}""",
    parse_float=Decimal,
)


def delivered(text="", /, **changes):
    """The truth with top-level elements replaced; `text` is JSON text of further ones, to keep digits."""
    more = json.loads(text, parse_float=Decimal) if text else {}
    return {**copy.deepcopy(TRUTH), **changes, **more}


def without(*path):
    copied = copy.deepcopy(TRUTH)
    place = copied
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return copied


def found(resource):
    difference = first_difference(resource, TRUTH)
    return None if difference is None else difference.path


SAME = {
    "identical": delivered(),
    "other meta, text, language": delivered(meta={"x": 1}, text={"div": "x"}, language="de", implicitRules="u"),
    "no meta": without("meta"),
    "a second coding": delivered(
        category=[{"coding": [{"system": "own", "code": "9"}, {"system": "c", "code": "vital-signs"}]}]
    ),
    "another display": delivered(
        category=[{"coding": [{"system": "c", "code": "vital-signs", "display": "Vitalzeichen", "userSelected": True}]}]
    ),
    "a second category": delivered(category=[{"text": "own"}, *TRUTH["category"]]),
    "components in another order": delivered(component=TRUTH["component"][::-1]),
    "an added element": delivered(issued="2026-06-15T08:00:00Z"),
    "an added extension": delivered(extension=[{"url": "http://x", "valueString": "y"}]),
    "what absence says": delivered(deceasedBoolean=False, doNotPerform=False),
    "the same instant with milliseconds": delivered(effectiveDateTime="2026-06-15T08:00:00.000Z"),
    "the same instant elsewhere": delivered(effectiveDateTime="2026-06-15T10:00:00+02:00"),
    "an absolute reference": delivered(subject={"reference": "https://g.example/fhir/R4/Patient/p1"}),
    "a reference with a display": delivered(subject={"reference": "Patient/p1", "display": "Ann"}),
}


@pytest.mark.parametrize("resource", SAME.values(), ids=SAME)
def test_same_meaning(resource):
    assert first_difference(resource, TRUTH) is None


OTHER = {
    "id": ("Observation.id", delivered(id="o2")),
    "no id": ("Observation.id", without("id")),
    "type": ("Observation.resourceType", delivered(resourceType="Condition")),
    "status": ("Observation.status", delivered(status="preliminary")),
    "status missing": ("Observation.status", without("status")),
    "list missing": ("Observation.category", without("category")),
    "another patient": ("Observation.subject.reference", delivered(subject={"reference": "Patient/p2"})),
    "a patient whose id ends alike": ("Observation.subject.reference", delivered(subject={"reference": "Patient/xp1"})),
    "another type": ("Observation.subject.reference", delivered(subject={"reference": "http://g/Group/p1"})),
    "an absolute reference elsewhere": (
        "Observation.subject.reference",
        delivered(subject={"reference": "http://g/Patient/p2?x=/Patient/p1"}),
    ),
    "a digit dropped": (
        "Observation.valueQuantity.value",
        delivered('{"valueQuantity": {"value": 1.5, "unit": "mg"}}'),
    ),
    "a digit added": (
        "Observation.valueQuantity.value",
        delivered('{"valueQuantity": {"value": 1.500, "unit": "mg"}}'),
    ),
    "rounded": ("Observation.valueQuantity.value", delivered('{"valueQuantity": {"value": 2, "unit": "mg"}}')),
    "an exponent": ("Observation.valueQuantity.value", delivered('{"valueQuantity": {"value": 15E-1, "unit": "mg"}}')),
    "a float's tail": (
        "Observation.valueQuantity.value",
        delivered('{"valueQuantity": {"value": 1.5000000000000001, "unit": "mg"}}'),
    ),
    "a number as text": ("Observation.valueQuantity.value", delivered(valueQuantity={"value": "1.50", "unit": "mg"})),
    "a number as true": ("Observation.valueInteger", delivered(valueInteger=True)),
    "an integer with a fraction": ("Observation.valueInteger", delivered('{"valueInteger": 3.0}')),
    "true as 1": ("Observation.flag", delivered(flag=1)),
    "another unit": ("Observation.valueQuantity.unit", delivered('{"valueQuantity": {"value": 1.50, "unit": "g"}}')),
    "a comparator": (
        "Observation.valueQuantity.comparator",
        delivered('{"valueQuantity": {"value": 1.50, "unit": "mg", "comparator": "<"}}'),
    ),
    "an hour later": ("Observation.effectiveDateTime", delivered(effectiveDateTime="2026-06-15T09:00:00Z")),
    "the zone lost": ("Observation.effectiveDateTime", delivered(effectiveDateTime="2026-06-15T08:00:00")),
    "the time lost": ("Observation.effectiveDateTime", delivered(effectiveDateTime="2026-06-15")),
    "an impossible time": ("Observation.effectiveDateTime", delivered(effectiveDateTime="2026-06-15T25:00:00Z")),
    "given names swapped": ("Observation.given[0]", delivered(given=["Marie", "Ann"])),
    "a given name more": ("Observation.given", delivered(given=["Ann", "Marie", "Eve"])),
    "a given name less": ("Observation.given", delivered(given=["Ann"])),
    "a component more": ("Observation.component", delivered(component=[*TRUTH["component"], {"code": {"text": "x"}}])),
    "a component less": ("Observation.component", delivered(component=TRUTH["component"][:1])),
    "values swapped between components": (
        "Observation.component[0]",
        delivered(
            component=[
                {"code": {"text": "systolic"}, "valueQuantity": {"value": 80}},
                {"code": {"text": "diastolic"}, "valueQuantity": {"value": 120}},
            ]
        ),
    ),
    "a coding lost": ("Observation.category[0]", delivered(category=[{"coding": [{"system": "c", "code": "other"}]}])),
    "a coding's system lost": ("Observation.category[0]", delivered(category=[{"coding": [{"code": "vital-signs"}]}])),
    "text lost": ("Observation.code.text", delivered(code={"coding": TRUTH["code"]["coding"]})),
    "an object in place of a list": ("Observation.category", delivered(category=TRUTH["category"][0])),
    "a list in place of an object": ("Observation.code", delivered(code=[TRUTH["code"]])),
    "null": ("Observation.code", delivered(code=None)),
    "dead": ("Observation.deceasedBoolean", delivered(deceasedBoolean=True)),
    "not to be done": ("Observation.doNotPerform", delivered(doNotPerform=True)),
    "refuted": ("Observation.verificationStatus", delivered(verificationStatus={"text": "refuted"})),
    "a modifier": ("Observation.modifierExtension", delivered(modifierExtension=[{"url": "http://x"}])),
}


@pytest.mark.parametrize(("path", "resource"), OTHER.values(), ids=OTHER)
def test_another_meaning(path, resource):
    assert found(resource) == path


def test_a_difference_shows_both_sides():
    difference = first_difference(delivered('{"valueQuantity": {"value": 1.5, "unit": "mg"}}'), TRUTH)
    assert (difference.expected, difference.delivered) == ("1.50", "1.5")
    difference = first_difference(without("status"), TRUTH)
    assert (difference.expected, difference.delivered) == ("'final'", "(absent)")
    assert len(first_difference(delivered(code="x" * 1000), TRUTH).delivered) == 300


def test_an_element_that_fits_twice_does_not_take_the_place_of_another():
    truth = {"resourceType": "X", "coding": [{"system": "s"}, {"system": "s", "code": "c"}]}
    assert (
        first_difference({"resourceType": "X", "coding": [{"system": "s", "code": "c"}, {"system": "s"}]}, truth)
        is None
    )
    lost = first_difference({"resourceType": "X", "coding": [{"system": "s", "code": "c"}]}, truth)
    assert lost.path == "X.coding[1]"


CHARTS = Population(7, 200)
RESOURCES = [item.json for index in (0, 1, 5) for item in CHARTS.chart(index).resources]
resources = st.sampled_from(RESOURCES).map(lambda text: json.loads(text, parse_float=Decimal))


@given(resources)
def test_every_record_says_what_it_says(resource):
    assert first_difference(copy.deepcopy(resource), resource) is None


def leaves(value, path=()):
    """Yield the paths of all plain values of a resource that are its record's content."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not (
                key == "display"
                or (not path and key in ("id", "meta", "text", "contained", "implicitRules", "language"))
            ):
                yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, (*path, number))
    else:
        yield path


def spoilt(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value + "x"
    return Decimal(str(value) + "0") if isinstance(value, Decimal) else value + 1


@given(resources, st.data())
def test_every_changed_or_lost_value_is_noticed(resource, data):
    path = data.draw(st.sampled_from([p for p in leaves(resource) if not {"assigner", "userSelected"} & set(p)]))
    for change in ("spoil", "drop"):
        changed = copy.deepcopy(resource)
        place = changed
        for key in path[:-1]:
            place = place[key]
        if change == "spoil":
            place[path[-1]] = spoilt(place[path[-1]])
        else:
            del place[path[-1]]
        assert first_difference(changed, resource) is not None, (path, change)
