"""The directory: shared resources, found by id or walked through."""

from __future__ import annotations

import json
from datetime import date
from itertools import islice
from typing import Any

import pytest

from synthetic.directory import SHARED_TYPES
from synthetic.hospital import npi
from synthetic.population import Population

fhir = pytest.importorskip("fhir.resources.R4B")


SMALL = 230  # two clinics


@pytest.fixture(scope="module")
def small() -> Population:
    return Population(7, SMALL)


def test_types(population: Population) -> None:
    assert set(population.directory().types) == SHARED_TYPES


@pytest.mark.parametrize("kind", sorted(SHARED_TYPES))
def test_everything_walked_through_is_found_and_parses(small: Population, kind: str) -> None:
    directory, population = small.directory(), small
    resources = list(islice(directory.of_type(kind), 2500))
    assert len({resource.id for resource in resources}) == len(resources) > 0
    for resource in resources:
        assert directory.find(kind, resource.id) == resource
        assert population.locate(kind, resource.id) is None
        fhir.get_fhir_model_class(kind).model_validate(json.loads(resource.json))
        assert b"HTEST" in resource.json


def test_the_staff_grows_with_the_population(population: Population) -> None:
    larger = Population(population.seed, population.size * 10).directory()
    assert len(list(larger.of_type("Practitioner"))) == 10 * len(list(population.directory().of_type("Practitioner")))
    newest = list(larger.of_type("Practitioner"))[-1]
    assert larger.find("Practitioner", newest.id) == newest
    assert population.directory().find("Practitioner", newest.id) is None


def test_a_huge_directory_is_not_made_to_be_looked_at() -> None:
    directory = Population(1, 40_000_000).directory()
    first = list(islice(directory.of_type("Practitioner"), 3))
    assert all(directory.find("Practitioner", someone.id) == someone for someone in first)


def test_strangers_are_not_found(population: Population) -> None:
    directory = population.directory()
    chart = population.chart(0)
    assert directory.find("Practitioner", chart.id) is None
    assert directory.find("Patient", chart.id) is None
    assert directory.find("Practitioner", "e" * 24) is None
    assert list(directory.of_type("Patient")) == []


def test_npi_has_its_check_digit_and_is_nobodys() -> None:
    # CMS, "Requirements for NPI and NPI check digit": 123456789 has the check digit 3
    digits = "80840" + npi(23456789)
    total = sum(sum(divmod(int(digit) * (2 if at % 2 else 1), 10)) for at, digit in enumerate(reversed(digits)))
    assert total % 10 == 0
    assert npi(0).startswith("2")
    assert len(npi(0)) == len(npi(99_999_999)) == 10


def test_slots_agree_with_the_appointments_of_all_charts(small: Population) -> None:
    directory = small.directory()
    taken: dict[str, list[dict[str, Any]]] = {}
    for index in range(SMALL):
        for appointment in small.chart(index).of_type("Appointment"):
            for slot in appointment.body.get("slot", []):
                taken.setdefault(slot["reference"], []).append(appointment.body)
    assert len(taken) > 150
    slots = {slot.reference: slot.body for slot in directory.of_type("Slot")}
    assert set(taken) <= set(slots)
    for reference, slot in slots.items():
        booked = taken.get(reference, [])
        assert all((b["start"], b["end"]) == (slot["start"], slot["end"]) for b in booked)
        assert slot["overbooked"] == (len(booked) > 1)
        expected = "busy-tentative" if {b["status"] for b in booked} == {"pending"} else "busy"
        assert slot["status"] in ({expected} if booked else {"free", "busy-unavailable"})
    assert any(len(booked) > 1 for booked in taken.values()), "nobody is booked twice"


def test_slots_of_a_schedule(small: Population) -> None:
    directory = small.directory()
    schedule = next(directory.of_type("Schedule"))
    slots = [slot.body for slot in directory.slots(schedule.id)]
    assert {slot["schedule"]["reference"] for slot in slots} == {schedule.reference}
    starts = [slot["start"] for slot in slots]
    assert starts == sorted(set(starts))
    horizon = schedule.body["planningHorizon"]
    assert horizon["start"] <= starts[0][:10] <= starts[-1][:10] <= horizon["end"]
    assert {"free", "busy", "busy-unavailable"} <= {slot["status"] for slot in slots}
    assert list(directory.slots("e" * 24)) == []
    assert list(directory.slots(small.chart(0).id)) == []


def test_there_are_no_slots_at_weekends(small: Population) -> None:
    days = {slot.body["start"][:10] for slot in islice(small.directory().of_type("Slot"), 2000)}
    assert all(date.fromisoformat(day).weekday() < 5 for day in days)
