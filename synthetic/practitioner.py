"""Practitioner: US Core 6.1."""

from __future__ import annotations

from synthetic.hospital import Hospital
from synthetic.json_template import minified
from synthetic.meta import meta
from synthetic.resource import Resource

NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"


def practitioner(hospital: Hospital, number: int) -> Resource:
    """The Practitioner of a number."""
    someone = hospital.practitioner(number)
    body = {
        "resourceType": "Practitioner",
        "id": someone.id,
        "meta": meta("us-core-practitioner"),
        "identifier": [{"use": "official", "system": NPI_SYSTEM, "value": someone.npi}],
        "active": True,
        "name": [
            {
                "use": "usual",
                "text": someone.display,
                "family": someone.family,
                "given": [someone.given],
                "suffix": [someone.suffix],
            }
        ],
        "telecom": [{"system": "phone", "value": work_phone(number), "use": "work"}],
        "gender": "female" if someone.female else "male",
        "qualification": [{"code": {"text": someone.suffix}}],
    }
    return Resource("Practitioner", someone.id, minified(body).encode())


def work_phone(number: int) -> str:
    """A number kept for fiction (NANPA 555-0100 to 555-0199)."""
    return f"+1-215-555-01{number % 100:02}"
