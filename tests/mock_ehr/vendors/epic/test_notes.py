"""Notes: what a create needs, and where the text goes."""

from __future__ import annotations

import copy
from base64 import b64encode
from typing import Any

import pytest

from synthetic.r4.rules import problems

TEXT = "Feels better. Größe unverändert."


@pytest.fixture
def note(population: Any) -> dict[str, Any]:
    chart = population.chart(0)
    return {
        "content": [{"attachment": {"data": b64encode(TEXT.encode()).decode(), "contentType": "text/plain"}}],
        "resourceType": "DocumentReference",
        "status": "current",
        "docStatus": "preliminary",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]},
        "subject": {"reference": f"Patient/{chart.id}"},
        "context": {"encounter": [{"reference": chart.of_type("Encounter")[0].reference}]},
    }


def test_a_note_is_found_at_once_and_its_text_is_a_binary(desk: Any, note: dict[str, Any]) -> None:
    seen = desk.post("DocumentReference", note)
    assert (seen.status, seen.body) == (201, b"")
    location = seen.headers["location"]
    filed = desk.get(location).json()
    assert problems(filed) == []
    attachment = filed["content"][0]["attachment"]
    assert (attachment["size"], "data" in attachment) == (len(TEXT.encode()), False)
    assert desk.get(attachment["url"], accept="text/plain").body.decode() == TEXT
    binary = desk.get(attachment["url"]).json()
    assert binary["securityContext"] == {"reference": location}
    assert problems(binary) == []
    patient = note["subject"]["reference"]
    assert location.partition("/")[2] in desk.get(f"DocumentReference?patient={patient}").ids()


def test_the_same_note_again_makes_two(desk: Any, note: dict[str, Any]) -> None:
    locations = {desk.post("DocumentReference", note, if_none_exist="x=y").headers["location"] for _ in range(2)}
    assert len(locations) == 2


def test_what_was_sent_in_any_order_comes_back_in_order(desk: Any, note: dict[str, Any]) -> None:
    seen = desk.post("DocumentReference", note, prefer="return=representation")
    assert list(seen.json()) == [
        "resourceType", "id", "status", "docStatus", "type", "subject", "content", "context",
    ]  # fmt: skip


def test_a_filed_note_can_be_updated(desk: Any, note: dict[str, Any]) -> None:
    filed = desk.post("DocumentReference", note, prefer="return=representation").json()
    assert desk.put(f"DocumentReference/{filed['id']}", filed | {"docStatus": "final"}).status == 200
    again = desk.get(f"DocumentReference/{filed['id']}").json()
    assert (again["docStatus"], again["content"]) == ("final", filed["content"])


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("type", None, "59108"),
        ("docStatus", None, "59108"),
        ("docStatus", "amended", "59111"),
        ("docStatus", "banana", "59111"),
        ("content", None, "59108"),
        ("subject", None, "59159"),
        ("context", None, "59108"),
        ("context.encounter.0.reference", "Encounter/eUnknown", "59144"),
        ("content.0.attachment.contentType", "application/pdf", "59111"),
        ("content.0.attachment.data", None, "59108"),
        ("content.0.attachment.data", "no base64!", "59102"),
    ],
)
def test_refuses(desk: Any, note: dict[str, Any], path: str, value: Any, code: str) -> None:
    made: Any = copy.deepcopy(note)
    place = made
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if step.isdecimal() else place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    seen = desk.post("DocumentReference", made)
    assert (seen.status, seen.codes()) == (400, [code])
    assert problems(seen.json()) == []
    assert list(desk.state.store.written()) == []
