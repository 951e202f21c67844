"""Structure: extensions, narratives, other orders and spellings of the same JSON, and very large or bare records."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from synthetic.edge_cases.case import (
    Apply,
    Case,
    Changes,
    Outcome,
    Scene,
    Touched,
    added,
    edited,
    one_more,
    rewritten,
    valid,
)
from synthetic.edge_cases.exact_json import dumps, loads
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.targets import condition, glucose, order, patient, potassium, visit, weight
from synthetic.meta import meta

_URL = "https://extensions.invalid/StructureDefinition/"
_BARE = ("resourceType", "id", "meta", "status", "code", "subject")
_NESTED = {
    "url": _URL + "transport",
    "extension": [
        {"url": "leg", "extension": [{"url": "vehicle", "valueCode": "ambulance"}, {"url": "km", "valueDecimal": 3}]},
        {"url": "paid", "valueBoolean": False},
    ],
}
_NARRATIVE = (
    '<div xmlns="http://www.w3.org/1999/xhtml"><p>Glucose &lt; 100&#160;mg/dL &amp; stable</p>'
    "<table><tr><td>a</td><td><b>b</b></td></tr></table></div>"
)


def given_with_gap(body: Json, _scene: Scene) -> Changes:
    """Two given names, the second of which is masked."""
    first = body["name"][0].get("given", ["Alex"])[0]
    masked = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]
    }
    return {"name[0].given": [first, None], "name[0]._given": [None, masked]}


def backwards(value: Any) -> Any:
    """The same JSON with the members of each object in reverse order."""
    if isinstance(value, dict):
        return {name: backwards(value[name]) for name in reversed(value)}
    return [backwards(item) for item in value] if isinstance(value, list) else value


def spaced(data: bytes, _scene: Scene) -> bytes:
    """The same JSON with blanks and tabs between everything."""
    text, quoted, made = data.decode(), False, []
    for place, character in enumerate(text):
        if character == '"' and (place == 0 or text[place - 1] != "\\"):
            quoted = not quoted
        made.append(f"\t{character} " if character in "{}[]:," and not quoted else character)
    return "".join(made).encode()


def escaped(data: bytes, _scene: Scene) -> bytes:
    """The same JSON with every letter of the family name, and every slash, as an escape."""
    family = data.partition(b'"family":"')[2].partition(b'"')[0].decode()
    units = family.encode("utf-16-be")
    hexed = "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
    return data.replace(b"/", b"\\/").replace(f'"family":"{family}"'.encode(), f'"family":"{hexed}"'.encode(), 1)


def many_results(scene: Scene) -> Iterator[tuple[Json, Changes]]:
    """Five thousand results of a monitor, one a minute."""
    model = potassium(scene).body
    for number in range(5000):
        hour, minute = divmod(number, 60)
        time = f"2026-05-{1 + hour // 24:02}T{hour % 24:02}:{minute:02}:00Z"
        new_id = scene.new_id("Observation", number)
        yield model | {"id": new_id, "effectiveDateTime": time}, {"effectiveDateTime": time}


def large_note(scene: Scene) -> Iterator[tuple[Json, Changes]]:
    """A note of five million bytes."""
    data = b64encode(b"All work and no play makes a long note.\n" * 125_000).decode()
    body = {"resourceType": "Binary", "id": scene.new_id("Binary"), "meta": meta(), "contentType": "text/plain"}
    yield body | {"data": data}, {"contentType": "text/plain"}


def only_the_patient(scene: Scene) -> Outcome:
    """The chart without anything but the patient."""
    patient_only = scene.chart.patient
    return Outcome((patient_only,), (Touched(patient_only, {"Patient.id": patient_only.id}),))


def respelled(spelling: Any, sentence: str) -> Apply:
    """The case of the same JSON in other bytes."""
    return rewritten(patient, spelling, sentence)


CASES: tuple[Case, ...] = (
    valid(
        "unknown-extension",
        "Encounter.extension",
        "CON-14 CON-06",
        "An extension that nobody knows has three levels, a number and a false",
        edited(visit, {"extension": [_NESTED]}),
    ),
    valid(
        "modifier-extension",
        "MedicationRequest.modifierExtension",
        "MAP-08 CON-06",
        "An extension may change the meaning of the order: whoever does not know it must not use the order",
        edited(order, {"modifierExtension": [{"url": _URL + "only-if-tolerated", "valueBoolean": True}]}),
    ),
    valid(
        "extension-beside-a-code",
        "Observation._status",
        "CON-06",
        "The status has a value and an extension beside it",
        edited(
            weight,
            {"_status": {"extension": [{"url": _URL + "set-by", "valueString": "device 7"}]}},
        ),
    ),
    valid(
        "masked-second-name",
        "Patient.name.given",
        "MAP-09 MAP-05",
        "The second given name is masked: the list has a null and an extension in its place",
        edited(patient, given_with_gap),
    ),
    valid(
        "element-ids",
        "Condition.code.id",
        "CON-06",
        "Elements carry ids of their own",
        edited(condition, {"code.id": "c-1", "code.coding[0].id": "c-1.1"}),
    ),
    valid(
        "narrative",
        "Observation.text.div",
        "CON-06 NEG-04",
        "The narrative has a table, a no-break space and escaped brackets",
        edited(glucose, {"text": {"status": "additional", "div": _NARRATIVE}}),
    ),
    valid(
        "language-of-a-resource",
        "Condition.language",
        "CON-06",
        "The resource says that its words are in Spanish",
        edited(condition, {"language": "es-PR"}),
    ),
    valid(
        "version-source-and-tags",
        "Observation.meta",
        "CON-16 CON-19",
        "The metadata has a version, a source and tags",
        edited(
            weight,
            {
                "meta.versionId": "17",
                "meta.lastUpdated": "2026-06-15T17:59:59.999Z",
                "meta.source": "urn:oid:2.16.840.1.113883.3.9999.30",
                "meta.tag": [{"system": "urn:oid:2.16.840.1.113883.3.9999.31", "code": "bedside"}],
            },
        ),
    ),
    valid(
        "bare-result",
        "Observation",
        "CON-06",
        "A result has a status, a code and a patient, and nothing else",
        one_more(
            glucose,
            lambda body, _scene: {name: None for name in body if name not in _BARE} | {"status": "registered"},
        ),
    ),
    valid(
        "members-in-reverse-order",
        "Patient",
        "MAP-10",
        "The members of every object are in reverse order; order has no meaning, and resourceType comes last",
        respelled(lambda data, _scene: dumps(backwards(loads(data))), "members in reverse order"),
    ),
    valid(
        "blanks-and-tabs",
        "Patient",
        "MAP-10",
        "The JSON has blanks and tabs between its tokens",
        respelled(spaced, "white space between tokens"),
    ),
    valid(
        "escaped-letters",
        "Patient",
        "MAP-10 MAP-09",
        "Slashes and the letters of the family name are written as escapes",
        respelled(escaped, "slashes and letters of the family name as escapes"),
    ),
    valid(
        "five-thousand-results",
        "Observation",
        "CON-08 LOD-08",
        "The chart has five thousand further results; paging yields each once",
        added(many_results),
        by_name_only=True,
    ),
    valid(
        "note-of-5-megabytes",
        "Binary.data",
        "NEG-03 RES-04",
        "The chart has a note of five million bytes",
        added(large_note),
        by_name_only=True,
    ),
    valid(
        "empty-chart",
        "Patient",
        "CON-09",
        "The patient exists and has nothing: every search has an empty result, not an error",
        only_the_patient,
        by_name_only=True,
    ),
)
