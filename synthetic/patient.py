"""Patient: US Core 6.1 demographics, with the identifiers a hospital keeps."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from synthetic.codes.people import Coded
from synthetic.instants import date_text, instant_text
from synthetic.json_template import minified
from synthetic.meta import US_CORE, meta
from synthetic.person import Person
from synthetic.resource import Resource

MRN_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.14"
OLD_MRN_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.250"
SSN_SYSTEM = "http://hl7.org/fhir/sid/us-ssn"
_RACE_SYSTEM = "urn:oid:2.16.840.1.113883.6.238"
_NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_META = meta("us-core-patient")


class Numbers(NamedTuple):
    """The identifiers of a patient; `ssn` and `former_mrn` may be empty."""

    id: str
    mrn: str
    ssn: str = ""
    former_mrn: str = ""


def patient(person: Person, numbers: Numbers, practitioner: str, hospital: str) -> Resource:
    """Render a person. `practitioner` and `hospital` are references as JSON."""
    deceased = {"deceasedDateTime": instant_text(person.death)} if person.death is not None else {}
    body = {
        "resourceType": "Patient",
        "id": numbers.id,
        "meta": _META,
        "extension": _extensions(person),
        "identifier": _identifiers(numbers),
        "active": True,
        "name": _names(person),
        "telecom": _telecom(person),
        "gender": person.gender,
        "birthDate": date_text(person.birth_day),
        **deceased,
        "address": [_address(person)],
        "maritalStatus": _concept("http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", person.marital),
        "contact": [_contact(person)],
        "communication": [{"language": _concept("urn:ietf:bcp:47", person.language), "preferred": True}],
        "generalPractitioner": [orjson.Fragment(practitioner)],
        "managingOrganization": orjson.Fragment(hospital),
    }
    return Resource("Patient", numbers.id, minified(body).encode())


def _extensions(person: Person) -> list[dict[str, Any]]:
    race = [{"url": "ombCategory", "valueCoding": _race_coding(code)} for code in person.race]
    return [
        {
            "url": US_CORE + "us-core-race",
            "extension": [*race, _text([code.display for code in person.race])],
        },
        {
            "url": US_CORE + "us-core-ethnicity",
            "extension": [
                {"url": "ombCategory", "valueCoding": _race_coding(person.ethnicity)},
                _text([person.ethnicity.display]),
            ],
        },
        {"url": US_CORE + "us-core-birthsex", "valueCode": "F" if person.sex == "female" else "M"},
    ]


def _race_coding(coded: Coded) -> dict[str, str]:
    system = _NULL_FLAVOR if coded.code in ("UNK", "ASKU") else _RACE_SYSTEM
    return {"system": system, "code": coded.code, "display": coded.display}


def _text(displays: list[str]) -> dict[str, str]:
    return {"url": "text", "valueString": " and ".join(displays)}


def _identifiers(numbers: Numbers) -> list[dict[str, Any]]:
    kept = [_identifier("usual", "MR", "Medical record number", MRN_SYSTEM, numbers.mrn)]
    if numbers.former_mrn:  # of a clinic that joined the hospital
        kept.append(_identifier("old", "MR", "Medical record number", OLD_MRN_SYSTEM, numbers.former_mrn))
    if numbers.ssn:
        kept.append(_identifier("official", "SS", "Social Security number", SSN_SYSTEM, numbers.ssn))
    return kept


def _identifier(use: str, code: str, display: str, system: str, value: str) -> dict[str, Any]:
    kind = {"coding": [{"system": _TYPES, "code": code, "display": display}], "text": display}
    return {"use": use, "type": kind, "system": system, "value": value}


def _names(person: Person) -> list[dict[str, Any]]:
    official: dict[str, Any] = {"use": "official", "text": person.full_name}
    if person.family:
        official["family"] = person.family
    official["given"] = list(person.given)
    if person.suffix:
        official["suffix"] = [person.suffix]
    if not person.maiden:
        return [official]
    return [official, {"use": "maiden", "family": person.maiden, "given": list(person.given)}]


def _telecom(person: Person) -> list[dict[str, Any]]:
    uses = ("home", "mobile")
    entries = [{"system": "phone", "value": phone, "use": use} for phone, use in zip(person.phones, uses, strict=False)]
    if person.email:
        entries.append({"system": "email", "value": person.email, "use": "home"})
    return entries


def _address(person: Person) -> dict[str, Any]:
    lines, city, state, code = person.address
    return {
        "use": "home",
        "line": list(lines),
        "city": city,
        "state": state,
        "postalCode": code,
        "country": "US",
    }


def _contact(person: Person) -> dict[str, Any]:
    family, given, phone = person.contact
    coding = {
        "system": "http://terminology.hl7.org/CodeSystem/v2-0131",
        "code": "N",
        "display": "Next-of-Kin",
    }
    return {
        "relationship": [{"coding": [coding]}],
        "name": {"family": family, "given": [given]},
        "telecom": [{"system": "phone", "value": phone, "use": "home"}],
    }


def _concept(system: str, coded: Coded) -> dict[str, Any]:
    return {
        "coding": [{"system": system, "code": coded.code, "display": coded.display}],
        "text": coded.display,
    }
