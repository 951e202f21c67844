"""The contract of Population and Chart: pure, addressable, complete, the same everywhere."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from synthetic.population import Chart, Population
from synthetic.writers.ndjson import chart_lines

# Changes when the content of charts changes. Then say so in the changelog: stored runs refer to old charts.
GOLDEN = "76ebdec93a34f930ce136755be337fbef528c35b7be5453819e7bc6a7bf7ceae"
GOLDEN_CHARTS = ((7, 0), (7, 1), (7, 999), (8, 0), (123456789, 48_000_000))

_DIGEST_PROGRAM = """
import hashlib, sys
from synthetic.population import Population
from synthetic.writers.ndjson import chart_lines
population, digest = Population(7, 1000), {}
for index in reversed(range(40)):
    digest[index] = chart_lines(population.chart(index))
print(hashlib.sha256(b"".join(digest[index] for index in range(40))).hexdigest())
"""


def digest_of(charts: list[Chart]) -> str:
    return hashlib.sha256(b"".join(map(chart_lines, charts))).hexdigest()


def test_golden_digest() -> None:
    charts = [Population(seed, index + 1).chart(index) for seed, index in GOLDEN_CHARTS]
    assert digest_of(charts) == GOLDEN


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_in_another_order_gives_the_same_bytes(charts: list[Chart], hash_seed: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _DIGEST_PROGRAM],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "LC_ALL": "C", "TZ": "Asia/Kathmandu"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == digest_of(charts[:40])


def test_size_does_not_matter_to_a_chart(population: Population) -> None:
    assert Population(population.seed, 10_000_000).chart(3) == population.chart(3)
    assert Population(population.seed + 1, population.size).chart(3) != population.chart(3)


@pytest.mark.parametrize("index", [-1, 1000, 10**12])
def test_index_out_of_range(population: Population, index: int) -> None:
    with pytest.raises(IndexError, match="0 to 999"):
        population.chart(index)


@pytest.mark.parametrize("size", [0, -5, 48_995_101])
def test_size_out_of_range(size: int) -> None:
    with pytest.raises(ValueError, match="48995100"):
        Population(1, size)


def test_every_id_leads_to_its_chart(population: Population, charts: list[Chart]) -> None:
    for chart in charts:
        for resource in chart.resources:
            assert population.locate(resource.type, resource.id) == chart.index
            assert chart.find(resource.type, resource.id) is resource
        assert population.locate_mrn(chart.mrn) == chart.index


def test_locate_refuses_what_is_not_ours(population: Population, charts: list[Chart]) -> None:
    patient = charts[0].id
    assert population.locate("Observation", patient) is None
    assert population.locate("Patient", patient[:-1] + ("A" if patient[-1] != "A" else "B")) is None
    assert population.locate("Patient", patient.lower()) is None
    assert population.locate("Nonsense", patient) is None
    beyond = Population(population.seed, population.size + 1).chart(population.size)
    assert population.locate("Patient", beyond.id) is None
    assert population.locate_mrn(beyond.mrn) is None
    assert charts[0].find("Observation", patient) is None


def test_every_chart_is_worth_a_check(charts: list[Chart]) -> None:
    for chart in charts:
        counts = Counter(resource.type for resource in chart.resources)
        for wanted in ("Encounter", "Condition", "MedicationRequest", "AllergyIntolerance", "Appointment"):
            assert counts[wanted] >= 1, f"chart {chart.index} has no {wanted}"
        statuses = [encounter.body["status"] for encounter in chart.of_type("Encounter")]
        assert "in-progress" in statuses
        categories = Counter(o.body["category"][0]["coding"][0]["code"] for o in chart.of_type("Observation"))
        assert categories["vital-signs"] >= 6
        assert categories["laboratory"] >= 5
        assert categories.total() >= 12
        assert chart.resources[0] is chart.patient
        assert chart.patient.type == "Patient"


def test_resources_say_what_they_are(charts: list[Chart]) -> None:
    for chart in charts:
        for resource in chart.resources:
            body = resource.body
            assert (body["resourceType"], body["id"]) == (resource.type, resource.id)
            assert {"HTEST"} <= {label["code"] for label in body["meta"]["security"]}


def test_json_is_minified_and_keeps_its_decimals(charts: list[Chart]) -> None:
    """Numbers are read back as written: 1.50 keeps its zero."""

    class Written(float):
        """A number that prints as it was written."""

        def __repr__(self) -> str:
            return self.written

    def number(text: str) -> Written:
        value = Written(text)
        value.written = text
        return value

    trailing = 0
    for chart in charts[:100]:
        for resource in chart.resources:
            body = json.loads(resource.json, parse_float=number)
            Written.__str__ = Written.__repr__
            again = _minified(body)
            assert again == resource.json.decode()
            value = resource.body.get("valueQuantity", {}).get("value")
            trailing += isinstance(value, Decimal) and str(value).endswith("0")
    assert trailing > 50


def _minified(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{_minified(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_minified, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def test_references_lead_to_the_chart_or_the_directory(population: Population, charts: list[Chart]) -> None:
    directory = population.directory()
    for chart in charts:
        for resource in chart.resources:
            for reference in _references(resource.body):
                kind, _, resource_id = reference.partition("/")
                found = chart.find(kind, resource_id) or directory.find(kind, resource_id)
                assert found, f"{resource.reference} points to {reference}"


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if "reference" in value else []
        return own + [found for part in value.values() for found in _references(part)]
    return [found for part in value for found in _references(part)] if isinstance(value, list) else []


def test_statuses_vary(charts: list[Chart]) -> None:
    seen = {kind: Counter(r.body.get("status") for c in charts for r in c.of_type(kind)) for kind in (
        "Observation", "Encounter", "MedicationRequest", "Appointment")}  # fmt: skip
    assert seen["Observation"]["final"] > 0.85 * seen["Observation"].total()
    assert {"amended", "corrected", "entered-in-error", "cancelled", "preliminary"} <= set(seen["Observation"])
    assert {"finished", "cancelled", "entered-in-error"} <= set(seen["Encounter"])
    assert {"active", "completed", "stopped", "entered-in-error"} <= set(seen["MedicationRequest"])
    assert {"fulfilled", "arrived", "booked", "noshow", "cancelled"} <= set(seen["Appointment"])


def test_a_patient_alone_is_the_same_as_in_its_chart():
    population = Population(11, 300)
    assert all(population.patient(index) == population.chart(index).patient for index in range(0, 300, 7))
    with pytest.raises(IndexError, match="0 to 299"):
        population.patient(300)
