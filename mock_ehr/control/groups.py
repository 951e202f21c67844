"""Groups for bulk export, and patients behind break-the-glass."""

from __future__ import annotations

import re
from typing import Any

from mock_ehr.control.console import Console
from mock_ehr.control.refusal import RefusedError, absent
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import Schema, record, rows, text, whole
from mock_ehr.groups import Group
from mock_ehr.state import PROTECTIONS

MOST_GROUPS, MOST_MEMBERS = 1000, 100_000

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_MEMBERS = rows(text("patient id"), minItems=1, maxItems=MOST_MEMBERS)
_GROUP = record({"id": text("group id"), "name": text("name"), "members": _MEMBERS}, "id", "name", "members")
_LEVEL: Schema = {
    "type": "string",
    "enum": list(PROTECTIONS),
    "description": "break-the-glass: asks for a reason; restricted: nobody gets in; notice: served, with a notice",
}


def listing(console: Console, _call: Call) -> Any:
    """List the groups with their sizes."""
    groups = console.state.groups.values()
    return {"groups": [{"id": group.id, "name": group.name, "size": len(group.members)} for group in groups]}


def read(console: Console, call: Call) -> Any:
    """Show one group with its members."""
    group = console.state.groups.get(call.path["id"])
    if group is None:
        raise absent(f"no group {call.path['id']!r}", "GET /groups lists them")
    return shown(group)


def put(console: Console, call: Call) -> Any:
    """Make a group or change it."""
    id_, groups = call.path["id"], console.state.groups
    if not _ID.fullmatch(id_):
        raise RefusedError(
            400, f"the id is {id_[:100]!r}", "1 to 64 letters, digits, dots and hyphens, as FHIR ids are"
        )
    if id_ not in groups and len(groups) >= MOST_GROUPS:
        raise RefusedError(400, f"there are {MOST_GROUPS} groups already", "remove some")
    members = tuple(call.body["members"])
    for patient in members:
        known_patient(console, patient)
    groups[id_] = Group(id_, call.body.get("name", id_), members)
    return shown(groups[id_])


def remove(console: Console, call: Call) -> Any:
    """Remove a group."""
    if console.state.groups.pop(call.path["id"], None) is None:
        raise absent(f"no group {call.path['id']!r}", "GET /groups lists them")
    return {"removed": call.path["id"]}


def shown(group: Group) -> dict[str, Any]:
    """Return a group as the control API shows it."""
    return {"id": group.id, "name": group.name, "members": list(group.members)}


def known_patient(console: Console, patient: str) -> str:
    """Return a patient id that the EHR knows. Raises RefusedError (404)."""
    store = console.state.store
    if store.population.locate("Patient", patient) is None and store.find("Patient", patient) is None:
        raise absent(f"no patient {patient[:100]!r}", "GET /patients lists some; ids are case-sensitive")
    return patient


def protected(console: Console, _call: Call) -> Any:
    """List the patients that are protected."""
    return {"patients": dict(console.state.protected)}


def protect(console: Console, call: Call) -> Any:
    """Protect a patient."""
    patient = known_patient(console, call.path["patient"])
    console.state.protected[patient] = (call.body or {}).get("level", PROTECTIONS[0])
    return {"patient": patient, "level": console.state.protected[patient]}


def unprotect(console: Console, call: Call) -> Any:
    """Take a patient's protection away; it may have none."""
    return {
        "patient": call.path["patient"],
        "removed": console.state.protected.pop(call.path["patient"], None) is not None,
    }


_ROW = record({"id": text("group id"), "name": text("name"), "size": whole("members")}, "id", "name", "size")
ROUTES = (
    Route("GET", "/groups", "listGroups", "List the groups for bulk export", listing,
          gives=record({"groups": rows(_ROW)}, "groups")),
    Route("GET", "/groups/{id}", "readGroup", "Show a group with its members", read, gives=_GROUP),
    Route("PUT", "/groups/{id}", "putGroup", "Make a group or change it", put,
          body=record({"name": text("name, the id unless given"), "members": _MEMBERS}, "members"), gives=_GROUP),
    Route("DELETE", "/groups/{id}", "removeGroup", "Remove a group", remove,
          gives=record({"removed": text("group id")}, "removed")),
    Route("GET", "/break-the-glass", "listProtected", "List the patients behind break-the-glass", protected,
          gives=record({"patients": {"type": "object", "additionalProperties": _LEVEL}}, "patients")),
    Route("PUT", "/break-the-glass/{patient}", "protectPatient", "Put a patient behind break-the-glass", protect,
          body=record({"level": _LEVEL}), body_optional=True,
          gives=record({"patient": text("patient id"), "level": _LEVEL}, "patient", "level")),
    Route("DELETE", "/break-the-glass/{patient}", "unprotectPatient", "Take a patient's protection away", unprotect,
          gives=record({"patient": text("patient id"), "removed": {"type": "boolean"}}, "patient", "removed")),
)  # fmt: skip
