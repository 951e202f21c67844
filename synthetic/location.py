"""Location: US Core 6.1; the emergency department, a ward, and the clinics."""

from __future__ import annotations

import orjson

from synthetic.hospital import EMERGENCY_DEPARTMENT, FIRST_CLINIC, HOSPITAL, WARD, Hospital
from synthetic.json_template import minified
from synthetic.meta import meta
from synthetic.organization import address
from synthetic.practitioner import work_phone
from synthetic.resource import Resource

_TYPES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_KINDS = {EMERGENCY_DEPARTMENT: ("ER", "Emergency room"), WARD: ("HU", "Hospital unit")}
_CLINIC = ("OF", "Outpatient facility")


def location(hospital: Hospital, number: int) -> Resource:
    """The Location of a number."""
    resource_id = hospital.identity.resource_id("Location", number)
    code, display = _KINDS.get(number, _CLINIC)
    owner = number if number >= FIRST_CLINIC else HOSPITAL
    body = {
        "resourceType": "Location",
        "id": resource_id,
        "meta": meta("us-core-location"),
        "status": "active",
        "name": hospital.location_name(number),
        "mode": "instance",
        "type": [{"coding": [{"system": _TYPES, "code": code, "display": display}]}],
        "telecom": [{"system": "phone", "value": work_phone(number), "use": "work"}],
        "address": address(hospital, number),
        "managingOrganization": orjson.Fragment(hospital.organization(owner)),
    }
    return Resource("Location", resource_id, minified(body).encode())
