from __future__ import annotations

import pytest

from gauntlet.load.interaction import parse_request


@pytest.mark.parametrize(
    ("text", "resource_type", "id_from", "path"),
    [
        ("Patient/{patient}", "Patient", "patient", "Patient/a.b-1"),
        ("Encounter/{encounter}", "Encounter", "encounter", "Encounter/e%2F9"),
        ("Patient?identifier={mrn}", "Patient", "", "Patient?identifier=MRN%7C7%20x"),
        (
            "Observation?patient={patient}&category=x",
            "Observation",
            "",
            "Observation?patient=a.b-1&category=x",
        ),
    ],
)
def test_reads_and_searches(text: str, resource_type: str, id_from: str, path: str) -> None:
    interaction = parse_request(text)
    assert (interaction.resource_type, interaction.id_from) == (resource_type, id_from)
    assert interaction.path({"patient": "a.b-1", "mrn": "MRN|7 x", "encounter": "e/9"}) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Patient",
        "patient/{patient}",
        "Patient/17",
        "Patient/{patient}/x",
        "Condition?a=b",
        "Condition?patient={}",
        "Condition?patient={patient",
        "Patient/{mrn}",
        "Condition?patient={patient} HTTP/1.1",
        "../x?patient={patient}",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither|names no patient|read by"):
        parse_request(text)
