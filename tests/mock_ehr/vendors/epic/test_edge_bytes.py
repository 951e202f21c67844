"""Records whose bytes are broken on purpose reach the client byte by byte, and break nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from mock_ehr.legible import legible
from mock_ehr.search import PARAMETERS
from synthetic.chart import Chart
from synthetic.dice import stream
from synthetic.edge_cases import wire
from synthetic.edge_cases.case import Case, Family, Scene
from synthetic.edge_cases.catalogue import CASES
from synthetic.population import Population

BROKEN = tuple(case for case in wire.CASES if case.name not in ("truncated", "page-in-place-of-resource"))


@dataclass(frozen=True)
class Doctored:
    """A population of which chart 0 has an edge case."""

    plain: Population
    altered: Chart

    @property
    def size(self) -> int:
        return self.plain.size

    def chart(self, index: int) -> Chart:
        return self.plain.chart(index) if index else self.altered

    def patient(self, index: int) -> Any:
        return self.plain.patient(index) if index else self.altered.resources[0]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)


@pytest.fixture
def doctored(desk_with: Any, population: Population) -> Any:
    """Make a desk over a population of which chart 0 has the case; also the resource that has it."""

    def make(case: Case, **switches: Any) -> tuple[Any, Any]:
        identity = population._identity
        scene = Scene(population.chart(0), identity, 1, stream(identity.key("edge"), 0))
        outcome = case.apply(scene)
        altered = Chart(0, scene.chart.mrn, outcome.resources)
        return desk_with(Doctored(population, altered), **switches), outcome.touched[0].resource

    return make


@pytest.mark.parametrize("case", wire.CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("codings", [False, True], ids=["usual", "local codings"])
def test_reads_are_byte_by_byte(doctored: Any, case: Case, codings: bool) -> None:
    desk, resource = doctored(case, reference_displays=False, local_codings=codings)
    seen = desk.get(f"{resource.type}/{resource.id}")
    assert (seen.status, seen.body) == (200, resource.json)
    assert seen.headers["content-length"] == str(len(resource.json))


@pytest.mark.parametrize("case", wire.CASES, ids=lambda case: case.name)
def test_bundles_hold_the_same_bytes(doctored: Any, case: Case, population: Population) -> None:
    desk, resource = doctored(case, reference_displays=False)
    owner = population.chart(0).id
    query = {
        "Patient": f"_id={owner}",
        "Condition": f"patient={owner}",
        "Observation": f"patient={owner}&category=vital-signs,laboratory",
    }[resource.type]
    seen = desk.get(f"{resource.type}?{query}")
    assert seen.status == 200
    assert b'"resource":' + resource.json + b',"search":' in seen.body


@pytest.mark.parametrize("case", wire.CASES, ids=lambda case: case.name)
def test_xml_of_it_is_xml_or_says_that_it_cannot_be_made(doctored: Any, case: Case) -> None:
    desk, resource = doctored(case)
    seen = desk.get(f"{resource.type}/{resource.id}", accept="application/xml")
    assert seen.headers["content-type"] == "application/xml; charset=utf-8"
    if seen.status != 200:
        assert seen.status == 500
        assert b'<code value="40000"/>' in seen.body


@pytest.mark.parametrize("case", wire.CASES, ids=lambda case: case.name)
def test_nothing_else_breaks(doctored: Any, case: Case, population: Population) -> None:
    desk, resource = doctored(case)
    for path in (
        "Patient?family=x&given=y",
        f"Patient?identifier={population.chart(0).mrn}",
        f"Encounter?patient={population.chart(0).id}&_include=*&_revinclude=Provenance:target",
        f"{resource.type}?_id={resource.id}&_include=*&_lastUpdated=ge1900",
        f"Condition?patient={population.chart(1).id}",
    ):
        assert desk.get(path).status == 200, path


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_an_index_knows_what_was_meant(doctored: Any, case: Case) -> None:
    _, resource = doctored(case)
    if case.name in ("empty-body", "single-quotes", "digits-with-leading-zeros", "number-ending-in-a-point",
                     "truncated-by-one", "trailing-comma", "nested-20000-deep"):  # fmt: skip
        assert legible(resource.json) is None
    else:
        assert (legible(resource.json) or {})["resourceType"] == resource.type


def test_the_name_of_the_patient_is_put_in_at_the_level_of_bytes(doctored: Any, population: Population) -> None:
    desk, resource = doctored(next(case for case in wire.CASES if case.name == "trailing-comma"))
    name = population.chart(0).patient.body["name"][0]
    theirs = f"{name['family']}, {' '.join(name['given'])}"
    seen = desk.get(f"Observation/{resource.id}").body
    assert seen == resource.json.replace(name["text"].encode(), theirs.encode())
    assert seen.endswith(b",}")


def test_the_name_of_a_patient_in_broken_bytes_leaves_the_others_as_they_are(doctored: Any, population: Any) -> None:
    desk, _ = doctored(next(case for case in wire.CASES if case.name == "truncated"))
    condition = population.chart(0).of_type("Condition")[0]
    assert desk.get(condition.reference).body == condition.json


WRONG = [case for case in CASES.values() if case.family is Family.INVALID and case not in wire.CASES]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
def test_a_wrong_resource_is_served_and_searched_like_any_other(
    doctored: Any, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    desk, resource = doctored(case)
    assert desk.get(f"{resource.type}/{resource.id}").status in (200, 404)  # a wrong id cannot be read
    desk.get(f"{resource.type}/{resource.id}", accept="application/xml")
    kinds = {known.name: known.type for known in PARAMETERS.get(resource.type, {}).values()}
    filters = "&".join(f"{name}={'2020' if kind in ('date', 'updated') else 'x'}" for name, kind in kinds.items())
    if kinds:
        assert desk.get(f"{resource.type}?_id={resource.id}&_include=*").status == 200
        assert desk.get(f"{resource.type}?_id={resource.id}&{filters}").status in (200, 400)
    assert [record.message for record in caplog.records] == []
