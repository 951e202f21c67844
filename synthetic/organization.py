"""Organization: US Core 6.1; the hospital, its laboratory, its clinics, and those who pay."""

from __future__ import annotations

from typing import Any

import orjson

from synthetic.hospital import FIRST_CLINIC, FIRST_PAYER, HOSPITAL, Hospital, npi
from synthetic.json_template import minified
from synthetic.meta import meta
from synthetic.practitioner import NPI_SYSTEM, work_phone
from synthetic.resource import Resource

_TYPES = "http://terminology.hl7.org/CodeSystem/organization-type"


def organization(hospital: Hospital, number: int) -> Resource:
    """The Organization of a number."""
    resource_id = hospital.identity.resource_id("Organization", number)
    payer = FIRST_PAYER <= number < FIRST_CLINIC
    code, display = ("pay", "Payer") if payer else ("prov", "Healthcare Provider")
    body: dict[str, Any] = {
        "resourceType": "Organization",
        "id": resource_id,
        "meta": meta("us-core-organization"),
        "identifier": [{"system": NPI_SYSTEM, "value": npi(hospital.mixed(number << 40) % 100_000_000)}],
        "active": True,
        "type": [{"coding": [{"system": _TYPES, "code": code, "display": display}]}],
        "name": hospital.organization_name(number),
        "telecom": [{"system": "phone", "value": work_phone(number), "use": "work"}],
        "address": [address(hospital, number)],
    }
    if number != HOSPITAL and not payer:
        body["partOf"] = orjson.Fragment(hospital.organization(HOSPITAL))
    return Resource("Organization", resource_id, minified(body).encode())


def address(hospital: Hospital, number: int) -> dict[str, Any]:
    """Where an Organization or Location of a number is."""
    name = hospital.organization_name(number) if number >= FIRST_CLINIC else "Philadelphia"
    city = name.removesuffix(" Primary Care")
    line = f"{number % 900 + 100} Hospital Drive"
    return {
        "line": [line],
        "city": city,
        "state": "PA",
        "postalCode": f"{19100 + number % 50}",
        "country": "US",
    }
