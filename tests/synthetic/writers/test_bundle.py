"""Bundles of a chart."""

from __future__ import annotations

import json

import pytest

from synthetic.population import Population
from synthetic.writers.bundle import collection_bundle, transaction_bundle

bundle_model = pytest.importorskip("fhir.resources.R4B.bundle").Bundle


def test_collection_keeps_the_bytes_of_resources(population: Population) -> None:
    chart = population.chart(1)
    written = collection_bundle(chart)
    bundle = json.loads(written)
    assert bundle["type"] == "collection"
    assert len(bundle["entry"]) == len(chart.resources)
    assert all(resource.json in written for resource in chart.resources)
    assert all("request" not in entry for entry in bundle["entry"])


def test_transaction_puts_every_resource_under_its_own_id(population: Population) -> None:
    chart = population.chart(1)
    bundle = json.loads(transaction_bundle(chart))
    assert bundle["type"] == "transaction"
    requests = [entry["request"] for entry in bundle["entry"]]
    assert requests == [{"method": "PUT", "url": resource.reference} for resource in chart.resources]
    for entry in bundle["entry"]:
        assert entry["fullUrl"].endswith(f"/{entry['request']['url']}")


@pytest.mark.parametrize("write", [collection_bundle, transaction_bundle])
def test_bundles_parse(population: Population, write: object) -> None:
    bundle_model.model_validate(json.loads(write(population.chart(2))))  # type: ignore[operator]
