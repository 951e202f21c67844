"""How a Save takes effect: it becomes a FHIR record under a number of its own, twice when it is sent twice.

Unity knows no idempotency key, so nothing is de-duplicated (fact sheet 2.8). A Save that is refused answers a row whose
STATUS says Critical.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from mock_ehr import exact_json
from mock_ehr.record import Record as Stored
from mock_ehr.vendors.allscripts.unity.action import Ask, Result
from mock_ehr.vendors.allscripts.unity.clinical import encounter_of
from mock_ehr.vendors.allscripts.unity.errors import CriticalError, UnityError
from synthetic.writers.record import Record
from synthetic.writers.unity_found import staff_member


def patient_of(ask: Ask) -> Record:
    """Return the chart to write to. Raises CriticalError when there is none."""
    record = ask.chart()
    if record is None:
        raise CriticalError("the patient is not valid")
    return record


def user_display(ask: Ask) -> dict[str, Any]:
    """Return the reference to the EHR user who writes: one of the staff when the name is theirs."""
    return practitioner_reference(ask, ask.session.user)


def practitioner_reference(ask: Ask, name: str) -> dict[str, Any]:
    """Return the reference to the person of a user name, person id or provider code; a display alone for others."""
    who = staff_member(ask.site.directory, name.strip())
    if who is None:
        return {"display": name}
    return {"reference": f"Practitioner/{who.id}", "display": who.display}


def visit_reference(ask: Ask, record: Record, number: str = "") -> dict[str, Any] | None:
    """Return the reference to the encounter of a number, else to the one in focus; None without one.

    Raises CriticalError for a number that the chart does not have.
    """
    wanted = number if number not in ("", "0") else ask.session.encounter
    try:
        reference = encounter_of(ask, record, wanted)
    except UnityError as missing:
        raise CriticalError(str(missing)) from None
    return {"reference": reference} if reference else None


def keep(ask: Ask, record: Record, body: dict[str, Any]) -> Result:
    """Store a new resource of a chart and return the row that names its number."""
    number = ask.site.numbers.new()
    patient = record.patient["id"]
    filed = {"resourceType": body["resourceType"], "id": number, "meta": {"lastUpdated": ask.instant()}} | body
    filed = {name: value for name, value in filed.items() if value not in (None, "", [], {})}
    stored = Stored(body["resourceType"], number, patient, exact_json.dumps(filed), written=True)
    ask.site.state.store.add(stored)
    return Result([{"STATUS": "OK", "ID": number}], (patient,), committed=True)


def fields_of(text: str, *, key: str) -> Mapping[str, str]:
    """Return name and value of each element with both attributes, names in lower case.

    `key` is the attribute that holds the name: `name` or `id`. Raises CriticalError for what is not XML, and for a
    document type declaration, which could make it grow without end.
    """
    if "<!" in text:
        raise CriticalError("the XML holds a declaration")
    try:
        root = ET.fromstring(text)  # noqa: S314 - without declarations there are no entities to expand
    except ET.ParseError as error:
        raise CriticalError(f"the XML cannot be read: {error}") from None
    return {part.attrib[key].lower(): part.attrib.get("value", "") for part in root.iter() if key in part.attrib}
