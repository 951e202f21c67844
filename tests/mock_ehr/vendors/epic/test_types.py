"""Every type that the population holds is read and searched, in JSON and in XML."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from mock_ehr.search import PARAMETERS
from mock_ehr.vendors.epic.surface import DIRECTORY, READABLE
from synthetic.r4.rules import problems

FHIR = "{http://hl7.org/fhir}"
# The least that finds something: with the patient, or with one resource of the type.
LEAST = {
    "Observation": "patient={patient}&category=laboratory",
    "Patient": "_id={patient}",
    "Location": "name=Emergency",
    "Medication": "code=314076",
    "Organization": "name=Gauntlet",
    "Practitioner": "identifier=http://hl7.org/fhir/sid/us-npi|{npi}",
    "PractitionerRole": "practitioner={practitioner}",
    "Schedule": "actor=Practitioner/{practitioner}",
    "Slot": "schedule={schedule}&start=ge2026-06-16&status=free",
}


@pytest.fixture
def fill(population: Any) -> Callable[[str], str]:
    """Fill a query with the patient who has most types, and with the first of the staff."""
    charts = [population.chart(index) for index in range(population.size)]
    directory = population.directory()
    doctor = next(iter(directory.of_type("Practitioner")))

    def filled(resource_type: str) -> str:
        chart = next((chart for chart in charts if chart.of_type(resource_type)), charts[0])
        return LEAST.get(resource_type, "patient={patient}").format(
            patient=chart.id,
            npi=doctor.body["identifier"][0]["value"],
            practitioner=doctor.id,
            schedule=next(iter(directory.of_type("Schedule"))).id,
        )

    return filled


@pytest.mark.parametrize("name", READABLE)
def test_reads(desk: Any, one_of: Callable[[str], str], name: str) -> None:
    seen = desk.get(f"{name}/{one_of(name)}")
    assert (seen.status, seen.headers["content-type"]) == (200, "application/fhir+json; charset=utf-8")
    assert seen.json()["resourceType"] == name
    assert problems(seen.json()) == []


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_searches(desk: Any, fill: Callable[[str], str], name: str) -> None:
    seen = desk.get(f"{name}?{fill(name)}")
    assert seen.status == 200
    assert seen.ids()
    assert len(seen.ids()) == len(set(seen.ids()))
    assert problems(seen.json()) == []
    assert {entry["resource"]["resourceType"] for entry in seen.json()["entry"]} <= {name, "OperationOutcome"}


@pytest.mark.parametrize("name", READABLE)
def test_answers_in_xml(desk: Any, one_of: Callable[[str], str], name: str) -> None:
    seen = desk.get(f"{name}/{one_of(name)}", accept="application/fhir+xml")
    root = ET.fromstring(seen.body)
    assert (root.tag, root.find(f"{FHIR}id").get("value")) == (f"{FHIR}{name}", one_of(name))


@pytest.mark.parametrize("name", DIRECTORY)
def test_the_directory_is_nobodys(desk: Any, one_of: Callable[[str], str], name: str) -> None:
    desk.get(f"{name}/{one_of(name)}")
    desk.get(f"{name}?_id={one_of(name)}")
    assert [entry["patients"] for entry in desk.journal()] == [[], []]


@pytest.mark.parametrize("name", ["Binary", "Provenance"])
def test_some_types_cannot_be_searched(desk: Any, name: str) -> None:
    assert desk.get(f"{name}?_id=x").status == 405
    assert desk.write("POST", f"{name}/_search", b"").status == 405


def test_slots_are_of_their_schedule_and_in_order(desk: Any, population: Any) -> None:
    first, second = [found.id for found in population.directory().of_type("Schedule")][:2]
    seen = desk.get(f"Slot?schedule=Schedule/{first},{second}&start=2026-06-16&_count=1000")
    slots = [entry["resource"] for entry in seen.json()["entry"]]
    assert {slot["schedule"]["reference"] for slot in slots} == {f"Schedule/{first}", f"Schedule/{second}"}
    assert all(slot["start"].startswith("2026-06-16") for slot in slots)
    ours = [slot["start"] for slot in slots if slot["schedule"]["reference"].endswith(first)]
    assert ours == sorted(ours)


def test_an_open_site_lists_its_directory(desk_with: Any, population: Any) -> None:
    found = desk_with(open_directory_searches=True).get("Practitioner").ids()
    assert found == [entry.id for entry in population.directory().of_type("Practitioner")]


def test_two_searches_of_the_directory_at_once(desk: Any, population: Any) -> None:
    names = {entry.body["name"][0]["family"] for entry in population.directory().of_type("Practitioner")}
    assert all(desk.get(f"Practitioner?family={name}").ids() for name in names)


@pytest.mark.parametrize(
    ("accept", "content_type", "begin"),
    [
        ("", "text/plain; charset=utf-8", b"Patient: "),
        ("*/*", "text/plain; charset=utf-8", b"Patient: "),
        ("text/plain", "text/plain; charset=utf-8", b"Patient: "),
        ("application/fhir+json", "application/fhir+json; charset=utf-8", b'{"resourceType":"Binary"'),
        ("application/xml", "application/xml; charset=utf-8", b'<?xml version="1.0" encoding="UTF-8"?><Binary '),
    ],
)
def test_the_text_of_a_note(
    desk: Any, one_of: Callable[[str], str], accept: str, content_type: str, begin: bytes
) -> None:
    note = desk.get(f"DocumentReference/{one_of('DocumentReference')}").json()
    seen = desk.get(note["content"][0]["attachment"]["url"], accept=accept)
    assert (seen.status, seen.headers["content-type"]) == (200, content_type)
    assert seen.body.startswith(begin)


def test_a_binary_can_always_be_fhir(desk_with: Any, one_of: Callable[[str], str]) -> None:
    seen = desk_with(binary_native=False).get(f"Binary/{one_of('Binary')}", accept="*/*")
    assert seen.headers["content-type"] == "application/xml; charset=utf-8"


def test_ids_look_like_epics_and_case_counts(desk: Any, population: Any) -> None:
    ids = [resource.id for resource in population.chart(0).resources]
    assert all(re.fullmatch(r"e[A-Za-z0-9.\-]{23}", found) for found in ids)
    assert len({found.lower() for found in ids}) == len(ids)
    assert desk.get(f"Patient/{ids[0]}").status == 200
    assert desk.get(f"Patient/{ids[0].swapcase()}").status == 404


def test_instants_are_in_utc(desk: Any, population: Any) -> None:
    seen = desk.get(f"Encounter?patient={population.chart(0).id}")
    instants = re.findall(rb'"(\d{4}-\d\d-\d\dT[^"]*)"', seen.body)
    assert instants
    assert all(instant.endswith(b"Z") for instant in instants)
