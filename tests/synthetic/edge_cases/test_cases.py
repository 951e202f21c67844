"""Every case does what it says: legal ones pass every rule, invalid ones break theirs, and the truth is true."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from synthetic.edge_cases.case import Case, Expected, Family, Outcome
from synthetic.edge_cases.catalogue import CASES, THEMES
from synthetic.edge_cases.exact_json import same
from synthetic.edge_cases.inspection import inspect
from synthetic.edge_cases.paths import value_at
from synthetic.edge_cases.phi import phi_of
from synthetic.population import Chart, Population, Resource
from synthetic.r4.us_core import us_core_problems
from tests.synthetic.edge_cases.conftest import Applied, two_charts

VALID = [case for case in CASES.values() if case.family is Family.VALID]
INVALID = [case for case in CASES.values() if case.family is Family.INVALID]
ALL = [*VALID, *INVALID]
LARGE = ("five-thousand-results",)  # looked at by a sample of what it adds

# Legal R4 that US Core 6.1 does not cover, with the rule it does not meet.
BEYOND_US_CORE = {
    "number-without-system": {"us-core-required"},  # US Core wants a system for every identifier
    "second-insurance": {"us-core-cardinality"},  # US Core wants one payer
    "bare-result": {"us-core-required", "us-core-code", "us-core-2"},  # no category, no value
}
# Where fhir.resources (R4B) is wrong about legal R4. None so far.
BEYOND_R4B: dict[str, str] = {}


def cases(chosen: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in chosen])


def looked_at(outcome: Outcome) -> list[Resource] | None:
    """The resources to inspect: all when the patient changed, because all others are about the patient."""
    touched = [entry.resource for entry in outcome.touched]
    return None if any(resource.type == "Patient" for resource in touched) else touched


@cases([case for case in VALID if case.name not in LARGE])
def test_a_legal_case_breaks_no_rule(case: Case, applied: Applied, hospital: Population) -> None:
    for index in two_charts(case):
        chart, outcome = applied(case, index)

        assert inspect(chart, hospital, looked_at(outcome)) == []
        for touched in outcome.touched:
            broken = {problem.rule for problem in us_core_problems(touched.resource.body)}
            assert broken <= BEYOND_US_CORE.get(case.name, set())


@cases(VALID)
def test_a_second_opinion_accepts_legal_cases(case: Case, applied: Applied) -> None:
    get_fhir_model_class = pytest.importorskip("fhir.resources.R4B").get_fhir_model_class
    _, outcome = applied(case, two_charts(case)[0])

    for touched in outcome.touched[:3]:
        if case.name not in BEYOND_R4B:
            get_fhir_model_class(touched.resource.type).model_validate(json.loads(touched.resource.json))


@cases(INVALID)
def test_an_invalid_case_is_caught_where_it_says(case: Case, applied: Applied, hospital: Population) -> None:
    wire = case in THEMES["wire"]
    for index in two_charts(case):
        chart, outcome = applied(case, index)
        found = inspect(chart, hospital, looked_at(outcome))
        where = {(entry.problem.rule, entry.problem.path) for entry in found}
        touched = {entry.resource.reference for entry in outcome.touched}

        assert where == {(case.rule, "" if wire else case.where)}
        assert {entry.resource for entry in found} <= touched


@cases(ALL)
def test_the_truth_stands_in_the_resource(case: Case, applied: Applied) -> None:
    for index in two_charts(case):
        chart, outcome = applied(case, index)

        resources = {id(resource) for resource in chart.resources}
        assert outcome.touched
        for touched in outcome.touched:
            assert id(touched.resource) in resources
            assert touched.truth
            for path, value in touched.truth.items():
                kind, _, element = path.partition(".")
                assert kind == touched.resource.type
                if element != "$bytes":
                    assert same(value_at(touched.resource.body, element), value), path


def test_a_case_changes_something(applied: Applied, clean: dict[int, Chart]) -> None:
    def changes(case: Case, index: int) -> bool:
        return applied(case, index)[0].resources != clean[index].resources

    # One of two charts, since a fact such as an amended result may be there already.
    assert [case.name for case in ALL if not any(changes(case, index) for index in two_charts(case))] == []


def test_a_case_is_a_function_of_chart_and_dice(applied: Applied) -> None:
    assert [case.name for case in ALL if applied(case, 3) != applied(case, 3)] == []


def test_a_case_touches_nothing_else(applied: Applied, clean: dict[int, Chart]) -> None:
    name = clean[5].patient.body["name"][0]["text"]
    shown = f'"display":{json.dumps(name, ensure_ascii=False)}'.encode()
    before = {resource.reference: resource.json for resource in clean[5].resources}
    for case in ALL:
        chart, outcome = applied(case, 5)
        touched = {id(entry.resource) for entry in outcome.touched}
        others = [resource for resource in chart.resources if id(resource) not in touched]
        changed = [resource for resource in others if resource.json != before[resource.reference]]

        if case not in THEMES["names"]:  # a new name shows in other resources, too
            assert changed == [], case.name
        assert all(shown in before[resource.reference] for resource in changed), case.name


def test_texts_that_must_not_leak_are_found_in_any_shape(applied: Applied) -> None:
    for case in ALL:
        for touched in applied(case, 3)[1].touched[:3]:
            for phi in phi_of(touched.resource):
                assert len(phi.text) > 2, case.name


def test_families_and_expectations_fit() -> None:
    assert {case.expected for case in VALID} == {Expected.PRESERVE, Expected.WITHHOLD}
    assert {case.expected for case in INVALID} == {Expected.REFUSE, Expected.QUARANTINE}
    assert all(bool(case.rule) == (case.family is Family.INVALID) for case in CASES.values())


def test_some_charts_of_the_sample_are_unusual(clean: dict[int, Chart]) -> None:
    kinds = Counter(
        kind
        for chart in clean.values()
        for kind, mark in (("dead", b'"deceasedDateTime"'), ("child", b'"birthDate":"20'), ("ssn", b"us-ssn"))
        if mark in chart.patient.json
    )

    assert set(kinds) == {"dead", "child", "ssn"}
