"""Patient: US Core 6.1 demographics, with the identifiers a hospital keeps."""

from __future__ import annotations

from typing import Any, NamedTuple

from synthetic.codes import people
from synthetic.codes.people import Coded
from synthetic.draft import Draft, octets
from synthetic.instants import date_text, instant_text
from synthetic.json_template import compiled, member, minified, piecewise, raw, text
from synthetic.meta import US_CORE, meta
from synthetic.person import Person

MRN_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.14"
OLD_MRN_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.250"
SSN_SYSTEM = "http://hl7.org/fhir/sid/us-ssn"
_RACE_SYSTEM = "urn:oid:2.16.840.1.113883.6.238"
_NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_MARITAL_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"


class Numbers(NamedTuple):
    """The identifiers of a patient; `ssn` and `former_mrn` may be empty."""

    id: str
    mrn: str
    ssn: str = ""
    former_mrn: str = ""


def _omb_category(coded: Coded) -> dict[str, Any]:
    system = _NULL_FLAVOR if coded.code in ("UNK", "ASKU") else _RACE_SYSTEM
    coding = {"system": system, "code": coded.code, "display": coded.display}
    return {"url": "ombCategory", "valueCoding": coding}


def _categories(url: str, codes: tuple[Coded, ...]) -> str:
    words = {"url": "text", "valueString": " and ".join(code.display for code in codes)}
    return minified({"url": US_CORE + url, "extension": [*map(_omb_category, codes), words]})


def _concept(system: str, coded: Coded) -> str:
    coding = {"system": system, "code": coded.code, "display": coded.display}
    return minified({"coding": [coding], "text": coded.display})


def _identifier(use: str, code: str, display: str, system: str) -> dict[str, Any]:
    kind = {"coding": [{"system": _TYPES, "code": code, "display": display}], "text": display}
    return {"use": use, "type": kind, "system": system, "value": text("value")}


_RACES = {codes: _categories("us-core-race", codes) for codes in dict.fromkeys(people.RACE)}
_ETHNICITIES = {code: _categories("us-core-ethnicity", (code,)) for code in dict.fromkeys(people.ETHNICITY)}
_BIRTH_SEXES = {
    sex: minified({"url": US_CORE + "us-core-birthsex", "valueCode": code})
    for sex, code in (("female", "F"), ("male", "M"))
}
_MARITAL = {
    coded: _concept(_MARITAL_SYSTEM, coded)
    for coded in (*dict.fromkeys(people.MARITAL_OF_ADULTS), people.NEVER_MARRIED)
}
_LANGUAGES = {
    coded: _concept("urn:ietf:bcp:47", coded)
    for coded in dict.fromkeys((*people.LANGUAGE, *people.LANGUAGE_OF_HISPANIC))
}
_MRN = compiled(_identifier("usual", "MR", "Medical record number", MRN_SYSTEM))
_FORMER_MRN = compiled(_identifier("old", "MR", "Medical record number", OLD_MRN_SYSTEM))  # of a clinic that joined
_SSN = compiled(_identifier("official", "SS", "Social Security number", SSN_SYSTEM))
_NEXT_OF_KIN = {"system": "http://terminology.hl7.org/CodeSystem/v2-0131", "code": "N", "display": "Next-of-Kin"}
_TEMPLATE = piecewise(
    {
        "resourceType": "Patient",
        "id": text("id"),
        "meta": meta("us-core-patient"),
        "extension": [raw("race"), raw("ethnicity"), raw("birth_sex")],
        "identifier": [raw("identifiers")],
        "active": True,
        "name": [raw("names")],
        "telecom": [raw("telecom")],
        "gender": text("gender"),
        "birthDate": text("birth_date"),
        member("deceased"): "",
        "address": [
            {
                "use": "home",
                "line": [raw("lines")],
                "city": text("city"),
                "state": text("state"),
                "postalCode": text("zip"),
                "country": "US",
            }
        ],
        "maritalStatus": raw("marital"),
        "contact": [
            {
                "relationship": [{"coding": [_NEXT_OF_KIN]}],
                "name": {"family": text("kin_family"), "given": [text("kin_given")]},
                "telecom": [{"system": "phone", "value": text("kin_phone"), "use": "home"}],
            }
        ],
        "communication": [{"language": raw("language"), "preferred": True}],
        "generalPractitioner": [raw("practitioner")],
        "managingOrganization": raw("hospital"),
    }
)


def patient(person: Person, numbers: Numbers, practitioner: str, hospital: str) -> Draft:
    """Render a person. `practitioner` and `hospital` are references as JSON."""
    lines, city, state, code = person.address
    family, given, phone = person.contact
    body = _TEMPLATE(
        id=numbers.id,
        race=_RACES[person.race],
        ethnicity=_ETHNICITIES[person.ethnicity],
        birth_sex=_BIRTH_SEXES[person.sex],
        identifiers=_identifiers(numbers),
        names=octets(_names(person)),
        telecom=_telecom(person),
        gender=person.gender,
        birth_date=date_text(person.birth_day),
        deceased="" if person.death is None else f',"deceasedDateTime":"{instant_text(person.death)}"',
        lines=_strings(lines),
        city=city,
        state=state,
        zip=code,
        marital=_MARITAL[person.marital],
        kin_family=octets(family),
        kin_given=given,
        kin_phone=phone,
        language=_LANGUAGES[person.language],
        practitioner=practitioner,
        hospital=hospital,
    )
    return ("Patient", numbers.id, body)


def _strings(words: tuple[str, ...]) -> str:
    return '"' + '","'.join(words) + '"'


def _identifiers(numbers: Numbers) -> str:
    kept = _MRN(value=numbers.mrn)
    if numbers.former_mrn:
        kept += "," + _FORMER_MRN(value=numbers.former_mrn)
    return f"{kept},{_SSN(value=numbers.ssn)}" if numbers.ssn else kept


def _names(person: Person) -> str:
    family = f'"family":"{person.family}",' if person.family else ""
    given = f'"given":[{_strings(person.given)}]'
    suffix = f',"suffix":["{person.suffix}"]' if person.suffix else ""
    official = f'{{"use":"official","text":"{person.full_name}",{family}{given}{suffix}}}'
    return f'{official},{{"use":"maiden","family":"{person.maiden}",{given}}}' if person.maiden else official


def _telecom(person: Person) -> str:
    home, *mobile = person.phones
    listed = f'{{"system":"phone","value":"{home}","use":"home"}}'
    if mobile:
        listed += f',{{"system":"phone","value":"{mobile[0]}","use":"mobile"}}'
    return listed + (f',{{"system":"email","value":"{person.email}","use":"home"}}' if person.email else "")
