"""PractitionerRole: US Core 6.1; where a practitioner works, and as what."""

from __future__ import annotations

import orjson

from synthetic.hospital import Hospital, clinic_of
from synthetic.json_template import minified
from synthetic.meta import meta
from synthetic.practitioner import work_phone
from synthetic.resource import Resource


def practitioner_role(hospital: Hospital, number: int) -> Resource:
    """The PractitionerRole of the practitioner of a number."""
    someone, clinic = hospital.practitioner(number), clinic_of(number)
    resource_id = hospital.identity.resource_id("PractitionerRole", number)
    coding = {
        "system": "http://terminology.hl7.org/CodeSystem/practitioner-role",
        "code": "doctor",
        "display": "Doctor",
    }
    body = {
        "resourceType": "PractitionerRole",
        "id": resource_id,
        "meta": meta("us-core-practitionerrole"),
        "active": True,
        "practitioner": orjson.Fragment(someone.reference),
        "organization": orjson.Fragment(hospital.organization(clinic)),
        "code": [{"text": someone.specialty} if someone.suffix == "NP" else {"coding": [coding], "text": "Physician"}],
        "specialty": [{"text": someone.specialty}],
        "location": [orjson.Fragment(hospital.location(clinic))],
        "telecom": [{"system": "phone", "value": work_phone(number), "use": "work"}],
    }
    return Resource("PractitionerRole", resource_id, minified(body).encode())
