"""What comes along with the matches of a page."""

from __future__ import annotations

from typing import Any

import pytest

from synthetic.r4.rules import problems


def along(seen: Any) -> list[str]:
    """Type and id of the included entries."""
    entries = [entry for entry in seen.json()["entry"] if entry["search"]["mode"] == "include"]
    return [f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in entries]


@pytest.fixture
def chart(population: Any) -> Any:
    charts = (population.chart(index) for index in range(population.size))
    return next(chart for chart in charts if chart.of_type("Provenance") and chart.of_type("DiagnosticReport"))


def references(resources: Any, *path: str) -> set[str]:
    """References at a path of one or two steps."""
    found = set()
    for resource in resources:
        value = resource.body.get(path[0], [])
        for item in value if isinstance(value, list) else [value]:
            target = item.get(path[1], {}) if len(path) > 1 else item
            if "reference" in target:
                found.add(target["reference"])
    return found


def test_includes_what_a_parameter_refers_to(desk: Any, chart: Any) -> None:
    seen = desk.get(f"DiagnosticReport?patient={chart.id}&_include=DiagnosticReport:result")
    assert set(along(seen)) == references(chart.of_type("DiagnosticReport"), "result")
    assert len(along(seen)) == len(set(along(seen)))
    assert seen.json()["total"] == len(chart.of_type("DiagnosticReport"))
    assert problems(seen.json()) == []


def test_includes_of_one_type_of_target(desk: Any, chart: Any) -> None:
    for query in ("Appointment:actor:Location", "Appointment:location"):
        found = along(desk.get(f"Appointment?patient={chart.id}&_include={query}"))
        assert found
        assert all(name.startswith("Location/") for name in found)


def test_a_star_includes_everything_but_a_match_is_no_include(desk: Any, chart: Any) -> None:
    seen = desk.get(f"Encounter?patient={chart.id}&_include=*&_include=Encounter:patient")
    kinds = {name.partition("/")[0] for name in along(seen)}
    assert {"Patient", "Practitioner", "Location", "Organization"} <= kinds
    assert not set(along(seen)) & {f"Encounter/{name}" for name in seen.ids()}


def test_provenance_comes_along(desk: Any, chart: Any) -> None:
    targets = references(chart.of_type("Provenance"), "target")
    kind = next(iter(targets)).partition("/")[0]
    seen = desk.get(f"{kind}?patient={chart.id}&_revinclude=Provenance:target")
    assert along(seen) == [found.reference for found in chart.of_type("Provenance")]
    assert desk.get(f"Coverage?patient={chart.id}&_revinclude=Provenance:target").status == 200


@pytest.mark.parametrize(
    "query", ["_include=Observation:colour", "_include=Patient:link", "_revinclude=List:item", "_include=x"]
)
def test_what_cannot_be_included_is_remarked_on(desk: Any, chart: Any, query: str) -> None:
    seen = desk.get(f"Observation?patient={chart.id}&category=laboratory&{query}")
    issues = seen.json()["entry"][-1]["resource"]["issue"]
    assert [(issue["severity"], issue["details"]["coding"][0]["code"]) for issue in issues] == [
        ("information", "59109")
    ]
    assert seen.ids()


def test_iterating_is_a_modifier(desk: Any, chart: Any) -> None:
    seen = desk.get(f"Condition?patient={chart.id}&_include:iterate=Condition:encounter")
    assert (seen.status, seen.codes()) == (422, ["59012"])


def test_the_client_gets_only_what_it_may_read(desk: Any, chart: Any) -> None:
    desk.register("gw", scopes=["system/Encounter.rs", "system/Location.r"])
    found = along(desk.get(f"Encounter?patient={chart.id}&_include=*"))
    assert found
    assert {name.partition("/")[0] for name in found} == {"Location"}


def test_every_page_has_its_own_includes(desk: Any, chart: Any) -> None:
    first = desk.get(f"Encounter?patient={chart.id}&_count=1&_include=Encounter:patient")
    assert along(first) == [f"Patient/{chart.id}"]
    if first.link("next"):
        assert along(desk.get(first.link("next"))) == [f"Patient/{chart.id}"]
