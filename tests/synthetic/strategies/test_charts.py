from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from synthetic.edge_cases.catalogue import chosen
from synthetic.edge_cases.injection import EdgeChart, with_edge_cases
from synthetic.population import Chart, Population, Resource
from synthetic.r4.rules import problems
from synthetic.strategies.charts import charts, edge_charts, populations, resources, shared_resources

# Without the phase that explains a failure: it costs more than all others, and examples here are found on purpose.
SEARCH = (Phase.generate, Phase.shrink)
HOSPITAL = Population(7, 40)
NEWER = (
    "RelatedPerson", "Coverage", "Consent", "Provenance", "DocumentReference", "CarePlan", "ServiceRequest",
    "Immunization", "DiagnosticReport", "Procedure",
)  # fmt: skip
quick = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=SEARCH,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("smallest", [0, 17])
def test_charts_shrink_towards_the_first(smallest: int) -> None:
    assert find(charts(HOSPITAL), lambda chart: chart.index >= smallest, settings=quick).index == smallest


def test_resources_shrink_towards_the_first_of_the_first_chart() -> None:
    assert find(resources(HOSPITAL), lambda _found: True, settings=quick) == HOSPITAL.chart(0).patient
    found = find(resources(HOSPITAL, ["Encounter", "Appointment"]), lambda _found: True, settings=quick)
    assert found == HOSPITAL.chart(0).of_type("Encounter")[0]


@pytest.mark.parametrize("kind", HOSPITAL.directory().types)
def test_shared_resources_shrink_towards_the_first_of_a_type(kind: str) -> None:
    found = find(shared_resources(HOSPITAL, [kind]), lambda _found: True, settings=quick)

    assert found == next(HOSPITAL.directory().of_type(kind))


def test_shared_resources_of_any_type() -> None:
    seen = set()

    @quick
    @given(resource=shared_resources(HOSPITAL))
    def look(resource: Resource) -> None:
        seen.add(resource.type)
        assert HOSPITAL.directory().find(resource.type, resource.id) == resource
        assert problems(resource.body) == []

    look()
    assert len(seen) > 3
    with pytest.raises(ValueError, match="Patient: the directory has"):
        find(shared_resources(HOSPITAL, ["Patient"]), lambda _found: True, settings=quick)


@pytest.mark.parametrize("kind", NEWER)
def test_every_newer_type_is_drawn(kind: str) -> None:
    assert find(resources(HOSPITAL, [kind]), lambda _found: True, settings=quick).type == kind


def test_a_rare_resource_is_found() -> None:
    found = find(resources(HOSPITAL, ["CarePlan"]), lambda _found: True, settings=quick)

    assert HOSPITAL.locate("CarePlan", found.id) is not None


def test_edge_charts_shrink_towards_the_first_case_and_chart() -> None:
    found = find(edge_charts(HOSPITAL), lambda _chart: True, settings=quick)

    assert isinstance(found, EdgeChart)
    assert (found.index, found.injected[0].case) == (0, chosen(None)[0])
    with pytest.raises(ValueError, match="did you mean"):
        find(edge_charts(HOSPITAL, ["leap-seconds"]), lambda _chart: True, settings=quick)


def test_populations_shrink_towards_the_smallest() -> None:
    assert find(populations(largest=50), lambda _made: True, settings=quick) == Population(0, 1)
    assert find(populations(largest=50), lambda made: made.size > 9, settings=quick) == Population(0, 10)


@quick
@given(resource=resources(HOSPITAL))
def test_resources_are_those_of_the_population(resource: Resource) -> None:
    index = HOSPITAL.locate(resource.type, resource.id)

    assert index is not None
    assert HOSPITAL.chart(index).find(resource.type, resource.id) == resource
    assert problems(resource.body) == []


@quick
@given(chart=edge_charts(HOSPITAL, ["surname-null", "truncated"]))
def test_edge_charts_carry_what_was_asked_for(chart: Chart) -> None:
    assert isinstance(chart, EdgeChart)
    assert chart.injected[0].case.name in ("surname-null", "truncated")
    assert chart.clean == HOSPITAL.chart(chart.index)


def test_nothing_else_imports_hypothesis() -> None:
    program = (
        "import sys; import synthetic.edge_cases.truth_file, synthetic.metamorphic.pairs, synthetic.strategies; "
        "sys.exit('hypothesis' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_example_shows_how_it_was_made_and_equals_it() -> None:
    plain = find(charts(HOSPITAL), lambda chart: chart.index > 2, settings=quick)
    edge = find(edge_charts(HOSPITAL, ["titer"]), lambda chart: chart.index > 2, settings=quick)

    assert repr(plain) == "Population(seed=7, size=40).chart(3)"
    assert plain == HOSPITAL.chart(3)
    assert HOSPITAL.chart(3) == plain
    assert plain != HOSPITAL.chart(2)
    assert repr(edge) == "<chart 3 with titer>"
    assert repr(with_edge_cases(HOSPITAL, 0.5, ["titer"])) == (
        "with_edge_cases(Population(seed=7, size=40), '1/2', ['titer'], 0)"
    )
