"""Family MAP: the same chart in other shapes and spellings."""

import pytest

from gauntlet import expect
from gauntlet.check import CHARTS_PER_CHECK
from gauntlet.errors import Inconclusive
from synthetic.metamorphic.facts import fact_differences
from synthetic.metamorphic.fhir_facts import fhir_facts
from synthetic.metamorphic.judge import same_meaning
from synthetic.metamorphic.spellings import SPELLINGS, Site

TYPES = ("Condition", "AllergyIntolerance", "MedicationRequest", "Observation")
SECTIONS = ("problems", "allergies", "medications", "vitals", "results")
RESPELT = 6


@pytest.mark.upstream("allscripts")
@pytest.mark.requirement("MAP-10", tripped_by=["drops-dosages", "keeps-one-half-of-pressures"])
def test_the_unity_shape_says_the_same(planting, chart, gauntlet_session):
    """A chart out of Unity's rows says what the same chart says in FHIR

    Problems, allergies, prescriptions, vital signs and results of a whole chart are read through the gateway and
    compared, fact by fact, with those of the chart's FHIR resources, as far as rows of Unity can carry them.

    An app must not have to know which EHR a record comes from.

    FHIR R4; fact sheet of Unity's rows.
    """
    directory = gauntlet_session.population.directory()

    def find(resource_type, resource_id):
        found = directory.find(resource_type, resource_id)
        return None if found is None else found.body

    truth = fhir_facts([resource.body for resource in chart.resources], find)
    delivered = [item for kind in TYPES for item in planting.delivered(kind, chart).values()]
    found = fhir_facts([planting.delivered_patient(chart), *delivered])
    judged = tuple(fact_differences(only(truth), only(found)))
    expect.that(
        not judged,
        "the chart does not say the same in both shapes",
        expected="no difference in any fact that rows carry",
        actual="; ".join(f"{item.path} {item.kind}: {item.left!r} became {item.right!r}" for item in judged[:5]),
    )


def only(facts):
    """Return the sections that are compared; a code of nobody's system counts as none."""
    return {section: [without_local(fact) for fact in facts.get(section, [])] for section in SECTIONS}


def without_local(fact):
    """Return a fact whose code is a standard one, or none."""
    return {**fact, "code": ""} if str(fact.get("code", "")).endswith("|LOCAL") else fact


def spelling(name, *defects):
    """Return a parameter that the given defects trip."""
    return pytest.param(name, marks=pytest.mark.requirement("MAP-10", tripped_by=[*defects]))


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.parametrize(
    "name",
    [
        spelling("si-units", "knows-conventional-units-only"),
        spelling("customary-units", "knows-conventional-units-only"),
        spelling("site-offsets", "ignores-offsets"),
    ],
)
def test_equal_charts_come_out_equal(planting, new_chart, name):
    """A record in another legal spelling comes out with the same meaning

    Observations of a chart are put into the EHR as they are and once more in another spelling: SI units, customary
    units, times with another offset. What is delivered for both must mean the same.

    Two hospitals spell one result in two ways; an app that compares them over time must not see a change.

    FHIR R4, Quantity (UCUM), dateTime; the judge of metamorphic pairs.
    """
    chart, pairs = with_pairs(new_chart, SPELLINGS[name].respell)
    for plain, other in pairs[:RESPELT]:
        first, second = (
            planting.must_be_delivered(chart, {key: value for key, value in body.items() if key != "id"})
            for body in (plain, other)
        )
        found = same_meaning(bare(first), bare(second))
        expect.that(
            not found,
            "one observation in two spellings comes out as two different ones",
            expected="the same meaning",
            actual="; ".join(f"{item.path} {item.kind}: {item.left!r}, {item.right!r}" for item in found[:4]),
        )


def with_pairs(new_chart, change):
    """Return a chart with observations that have another spelling, and those in both."""
    for _ in range(CHARTS_PER_CHECK):
        chart = new_chart()
        both = [(resource.body, change(resource.body, Site())) for resource in chart.of_type("Observation")]
        pairs = [(plain, other) for plain, other in both if plain != other]
        if pairs:
            return chart, pairs
    raise Inconclusive("none of this check's charts has an observation with another spelling")


def bare(resource):
    """Return what an observation says: when, what by LOINC, and what was found. Words and local codes may differ."""
    codings = [item for item in resource["code"].get("coding", []) if item.get("system") == "http://loinc.org"]
    plain = [{"system": item["system"], "code": item["code"]} for item in codings]
    kept = ("resourceType", "status", "component", "referenceRange", "interpretation")
    found = {name: value for name, value in resource.items() if name in kept or name.startswith(("effective", "value"))}
    return {**found, "code": {"coding": plain}}
