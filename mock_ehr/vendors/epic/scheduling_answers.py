"""What scheduling answers: appointments that are proposed or booked, in a searchset of STU3."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mock_ehr import exact_json
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.site import Site


def proposed(slot: dict[str, Any], schedule: dict[str, Any]) -> dict[str, Any]:
    """Return the proposed Appointment of a slot: with the staff and the place of its schedule."""
    length = datetime.fromisoformat(slot["end"]) - datetime.fromisoformat(slot["start"])
    return {
        "resourceType": "Appointment",
        "id": slot["id"],
        "status": "proposed",
        "serviceType": slot.get("serviceType", []),
        "start": slot["start"],
        "end": slot["end"],
        "minutesDuration": int(length.total_seconds() // 60),
        "slot": [{"reference": f"Slot/{slot['id']}"}],
        "participant": [
            {"actor": actor, "required": "required", "status": "needs-action"} for actor in schedule.get("actor", ())
        ],
    }


def found_bundle(site: Site, appointments: Sequence[dict[str, Any]], *, more: bool) -> bytes:
    """Return the searchset. Nothing found is an outcome entry with 59134 and 4101, as recorded at the sandbox."""
    base = f"{site.state.public_url}/{site.instance}/api/FHIR/STU3"
    entries: list[dict[str, Any]] = [
        {"fullUrl": f"{base}/Appointment/{made['id']}", "resource": made, "search": {"mode": "match"}}
        for made in appointments
    ]
    issues = [Issue(4119)] if more else [] if appointments else [Issue(59134), Issue(4101)]
    if issues:
        told = {"resourceType": "OperationOutcome", "issue": [issue.as_dict() for issue in issues]}
        name = uuid.uuid5(uuid.NAMESPACE_URL, base)
        entries.append({"fullUrl": f"urn:uuid:{name}", "resource": told, "search": {"mode": "outcome"}})
    return exact_json.dumps(
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(appointments),
            "link": [{"relation": "self", "url": f"{base}/Appointment/$find"}],
            "entry": entries,
        }
    )
