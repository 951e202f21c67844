"""Identifiers and patient records: numbers that look alike, and records that are several or none any more."""

from __future__ import annotations

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
    changed,
    edited,
    truth_of,
    valid,
)
from synthetic.edge_cases.exact_json import dumps
from synthetic.edge_cases.paths import Json, end
from synthetic.edge_cases.targets import LOCAL_CODES, OTHER_HOSPITAL, patient
from synthetic.patient import MRN_SYSTEM
from synthetic.resource import Resource

_MR = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}


def identifier(system: str, value: str, use: str = "secondary", **further: Any) -> dict[str, Any]:
    """A medical record number."""
    return {"use": use, "type": _MR, "system": system, "value": value, **further}


def also(*numbers: dict[str, Any]) -> Apply:
    """The case of a patient with further identifiers."""

    def changes(body: Json, _scene: Scene) -> Changes:
        first = len(body["identifier"])
        return {f"identifier[{first + place}]": number for place, number in enumerate(numbers)}

    return edited(patient, changes)


def same_number(body: Json, scene: Scene) -> Changes:
    """The number that is another patient's here, given to this patient elsewhere."""
    return {end(body, "identifier"): identifier(OTHER_HOSPITAL, scene.identity.mrn(scene.stranger))}


def superseded(scene: Scene, number: int, survivor: str) -> Json:
    """A record of the same patient that another record has replaced."""
    body = scene.chart.patient.body
    return body | {
        "id": scene.new_id("Patient", number),
        "identifier": [identifier(MRN_SYSTEM, scene.new_mrn(number), "old")],
        "active": False,
        "link": [{"other": {"reference": f"Patient/{survivor}"}, "type": "replaced-by"}],
    }


def merged(hops: int) -> Apply:
    """The case of records that were merged one after the other; the chart's patient survives them all."""

    def apply(scene: Scene) -> Outcome:
        ids = [scene.new_id("Patient", number) for number in range(hops)]
        records = []
        for number, survivor in enumerate([*ids[1:], scene.chart.id]):
            body = superseded(scene, number, survivor)
            records.append(Touched(Resource("Patient", body["id"], dumps(body)), truth_of("Patient", told(body))))
        before = scene.chart.patient
        link = [{"other": {"reference": f"Patient/{ids[-1]}"}, "type": "replaces"}]
        head = changed(before, before.body, {"active": True, "link": link})
        resources = (head.resource, *scene.chart.resources[1:], *(record.resource for record in records))
        return Outcome(resources, (head, *records))

    return apply


def told(body: Json) -> Changes:
    """What of a superseded record is the truth in question."""
    return {name: body[name] for name in ("active", "identifier", "link")}


def twins(scene: Scene) -> Iterator[tuple[Json, Changes]]:
    """Two newborns of the same family, day and sex, with placeholders for names."""
    body = scene.chart.patient.body
    family = body["name"][0].get("family", "Smith").upper()
    for number, letter in enumerate("AB"):
        given = f"BABY GIRL {letter}"
        truth: Changes = {
            "identifier": [identifier(MRN_SYSTEM, scene.new_mrn(number), "usual")],
            "name": [{"use": "temp", "text": f"{given} {family}", "family": family, "given": [given]}],
            "birthDate": "2026-06-14",
            "multipleBirthInteger": number + 1,
        }
        kept = {name: body[name] for name in ("resourceType", "meta", "extension", "telecom", "address")}
        yield kept | {"id": scene.new_id("Patient", number), "gender": "female", "active": True} | truth, truth


CASES: tuple[Case, ...] = (
    valid(
        "same-number-in-another-system",
        "Patient.identifier",
        "MAP-06",
        "The number this patient has at another hospital is the number of somebody else here: two people",
        edited(patient, same_number),
    ),
    valid(
        "number-with-leading-zeros",
        "Patient.identifier",
        "MAP-06",
        "The zeros in front belong to the number",
        also(identifier(OTHER_HOSPITAL, "000012345670")),
    ),
    valid(
        "numbers-that-differ-in-case",
        "Patient.identifier",
        "MAP-06",
        "Two numbers differ in the case of a letter only, and are two numbers",
        also(identifier(OTHER_HOSPITAL, "aB7-x"), identifier(OTHER_HOSPITAL, "Ab7-X")),
    ),
    valid(
        "number-with-search-characters",
        "Patient.identifier",
        "MAP-06 NEG-06",
        "The number has the characters that a search parameter must escape",
        also(identifier(OTHER_HOSPITAL, "A|B,C$D\\E&F=G%2F")),
    ),
    valid(
        "retired-number",
        "Patient.identifier",
        "MAP-06",
        "A number of use old has ended; it still finds the patient, and is not the current one",
        also(identifier(OTHER_HOSPITAL, "7714-31", "old", period={"start": "1998-01-01", "end": "2014-03-31"})),
    ),
    valid(
        "number-without-system",
        "Patient.identifier",
        "MAP-06",
        "A number has a type and no system; no system may be made up",
        also({"type": _MR | {"text": "Chart number of a closed practice"}, "value": "88-1204"}),
    ),
    valid(
        "number-from-an-organization",
        "Patient.identifier",
        "MAP-06",
        "A number names the organization that gave it by display only",
        also(identifier(LOCAL_CODES, "PX-5", assigner={"display": "Practice of the late Dr Weiß"})),
    ),
    valid(
        "inactive-record",
        "Patient.active",
        "MAP-06",
        "The record is no longer in use, and says so",
        edited(patient, {"active": False}),
    ),
    valid(
        "merged-record",
        "Patient.link",
        "MAP-06",
        "Another record of this patient was merged into this one; it points here and is not active",
        merged(1),
    ),
    valid(
        "merged-twice",
        "Patient.link",
        "MAP-06",
        "A record was merged into a second, and that into this one: two steps to the surviving record",
        merged(2),
    ),
    valid(
        "newborn-twins",
        "Patient.multipleBirthInteger",
        "MAP-06",
        "Twins share family, birthday, sex and address, and differ in a letter and in their number",
        added(twins),
    ),
)
