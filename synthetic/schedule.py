"""Schedule: one practitioner's calendar (R4; US Core has no profile of it)."""

from __future__ import annotations

import orjson

from synthetic.clinic_hours import FIRST_DAY, LAST_DAY
from synthetic.hospital import Hospital, clinic_of
from synthetic.instants import date_text
from synthetic.json_template import minified
from synthetic.meta import meta
from synthetic.resource import Resource


def schedule(hospital: Hospital, number: int) -> Resource:
    """The Schedule of the practitioner of a number."""
    resource_id = hospital.identity.resource_id("Schedule", number)
    someone = hospital.practitioner(number)
    body = {
        "resourceType": "Schedule",
        "id": resource_id,
        "meta": meta(),
        "active": True,
        "serviceType": [{"text": "Office Visit"}],
        "specialty": [{"text": someone.specialty}],
        "actor": [orjson.Fragment(someone.reference), orjson.Fragment(hospital.location(clinic_of(number)))],
        "planningHorizon": {"start": date_text(FIRST_DAY), "end": date_text(LAST_DAY)},
    }
    return Resource("Schedule", resource_id, minified(body).encode())
