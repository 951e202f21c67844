"""Elements in the order that XML prescribes."""

from __future__ import annotations

import json

from mock_ehr.element_order import in_order
from mock_ehr.fhir_xml import to_xml
from synthetic.population import Population


def test_the_population_is_in_order_already() -> None:
    for resource in Population(7, 3).chart(1).resources:
        assert to_xml(json.dumps(in_order(json.loads(resource.json))).encode()) == to_xml(
            json.dumps(json.loads(resource.json)).encode()
        )


def test_puts_elements_at_every_depth_in_order() -> None:
    mixed = {
        "gender": "female",
        "name": [{"given": ["Ana"], "family": "Muster", "use": "official"}],
        "contained": [{"name": "Ward", "id": "o", "resourceType": "Organization"}],
        "_birthDate": {"extension": [{"valueCode": "unknown", "url": "http://x"}]},
        "id": "p",
        "resourceType": "Patient",
    }
    ordered = in_order(mixed)
    assert list(ordered) == ["resourceType", "id", "contained", "name", "gender", "_birthDate"]
    assert list(ordered["name"][0]) == ["use", "family", "given"]
    assert list(ordered["contained"][0]) == ["resourceType", "id", "name"]
    assert list(ordered["_birthDate"]["extension"][0]) == ["url", "valueCode"]
    assert ordered == mixed


def test_what_is_unknown_comes_last() -> None:
    assert list(in_order({"zebra": 1, "id": "x", "resourceType": "Patient"})) == ["resourceType", "id", "zebra"]
