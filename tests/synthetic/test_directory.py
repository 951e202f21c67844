"""The directory: shared resources, found by id or walked through."""

from __future__ import annotations

import json
from itertools import islice

import pytest

from synthetic.directory import SHARED_TYPES
from synthetic.hospital import npi
from synthetic.population import Population

fhir = pytest.importorskip("fhir.resources.R4B")


def test_types(population: Population) -> None:
    assert set(population.directory().types) == SHARED_TYPES


@pytest.mark.parametrize("kind", sorted(SHARED_TYPES))
def test_everything_walked_through_is_found_and_parses(population: Population, kind: str) -> None:
    directory = population.directory()
    resources = list(directory.of_type(kind))
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
