"""fhir.resources (R4B) reads every resource: a second opinion beside our own R4 rules."""

from __future__ import annotations

import json

import pytest

from synthetic.population import Chart

get_fhir_model_class = pytest.importorskip("fhir.resources.R4B").get_fhir_model_class


def test_every_resource_parses(charts: list[Chart]) -> None:
    for chart in charts[:40]:
        for resource in chart.resources:
            get_fhir_model_class(resource.type).model_validate(json.loads(resource.json))
