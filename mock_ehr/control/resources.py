"""What the EHR holds: seen, put, patched, removed and taken back, as the vendor shows it on the wire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson

from mock_ehr import exact_json
from mock_ehr.control.console import Console
from mock_ehr.control.patching import PatchError, json_patched, merge_patched
from mock_ehr.control.refusal import RefusedError, absent
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import Schema, flag, record, rows, text, whole
from mock_ehr.store import Record

JSON_PATCH, MERGE_PATCH = "application/json-patch+json", "application/merge-patch+json"

_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_OWNERS = ("subject", "patient", "beneficiary", "for", "individual")


def held(console: Console, call: Call) -> Any:
    """List what the EHR holds of a type: for a patient all of it, otherwise what was written or changed."""
    store, kind = console.state.store, call.path["type"]
    if "patient" in call.query:
        return {"resources": [shown(record) for record in store.of_patient(call.query["patient"], kind)]}
    return {"resources": [shown(record) for record in store.changed(kind)]}


def read(console: Console, call: Call) -> Any:
    """Show one resource, held ones too."""
    return shown(found(console, call))


def history(console: Console, call: Call) -> Any:
    """Show the versions of a resource, oldest first."""
    versions = console.state.store.history(call.path["type"], call.path["id"])
    if not versions:
        raise unknown(call)
    return {"versions": [shown(record) for record in versions]}


def put(console: Console, call: Call) -> Any:
    """Put a resource in the place of the one with its type and id, or add it."""
    before = console.state.store.find(call.path["type"], call.path["id"])
    made = Record(call.path["type"], call.path["id"], "", b"", written=before is None or before.written)
    return kept(console, before or made, call.body)


def patch(console: Console, call: Call) -> Any:
    """Change a resource: a list is a JSON Patch, an object a merge patch; the content type may say which."""
    before = found(console, call)
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_list = isinstance(call.body, list)
    if not isinstance(call.body, list | dict):
        raise RefusedError(400, "the body is no patch", "a list of JSON Patch operations, or an object that is merged")
    if media in (JSON_PATCH, MERGE_PATCH) and is_list != (media == JSON_PATCH):
        wanted = "a list of operations" if media == JSON_PATCH else "an object"
        raise RefusedError(400, f"the body is no {media}", f"{media} is {wanted}")
    try:
        changed = json_patched(before.body(), call.body) if is_list else merge_patched(before.body(), call.body)
    except PatchError as error:
        raise RefusedError(400, str(error), "paths are JSON Pointers, like /name/0/family") from error
    return kept(console, before, changed)


def remove(console: Console, call: Call) -> Any:
    """Remove a resource, or what there is of it in the holding area."""
    found(console, call)
    console.state.store.remove(call.path["type"], call.path["id"])
    return {"removed": f"{call.path['type']}/{call.path['id']}"}


def revert(console: Console, call: Call) -> Any:
    """Take the last change of a resource back, also its removal."""
    store = console.state.store
    if not store.revert(call.path["type"], call.path["id"]):
        raise absent(f"{call.path['type']}/{call.path['id']} was not changed", "GET /resources/{type} lists changes")
    record = store.find(call.path["type"], call.path["id"])
    return {"reverted": True, "resource": None if record is None else orjson.Fragment(record.json)}


def reconcile(console: Console, call: Call) -> Any:
    """Take a resource out of the holding area, as a clinician does."""
    before = found(console, call)
    if not before.held:
        raise RefusedError(409, f"{before.type}/{before.id} is not in the holding area", "only held ones can leave it")
    return shown(console.state.store.put(replace(before, held=False)))


def found(console: Console, call: Call) -> Record:
    """Return the record that a path names. Raises RefusedError (404)."""
    record = console.state.store.find(call.path["type"], call.path["id"])
    if record is None:
        raise unknown(call)
    return record


def unknown(call: Call) -> RefusedError:
    """Return the refusal for what the EHR does not hold."""
    return absent(f"the EHR holds no {call.path['type']}/{call.path['id']}", "ids are case-sensitive")


def kept(console: Console, before: Record, body: Any) -> Any:
    """Keep `body` in the place of `before` and show it. Raises RefusedError (400)."""
    check_identity(before, body)
    patient = owner(body) or before.patient
    store = console.state.store
    if patient and before.type != "Patient" and store.find("Patient", patient) is None:
        raise RefusedError(400, f"it refers to Patient/{patient[:100]}, which the EHR does not hold", "GET /patients")
    return shown(store.put(replace(before, patient=patient, json=exact_json.dumps(body), values={})))


def check_identity(before: Record, body: Any) -> None:
    """Raise RefusedError (400) unless `body` is a resource of the type and id in the path."""
    if not _TYPE.fullmatch(before.type) or not _ID.fullmatch(before.id):
        raise RefusedError(400, f"{before.type[:80]}/{before.id[:80]} is no type and id", "like Patient/abc")
    named = body if isinstance(body, dict) else {}
    for name, wanted in (("resourceType", before.type), ("id", before.id)):
        if named.get(name) != wanted:
            raise RefusedError(400, f"{name} is {named.get(name)!r:.80}", f"the path says {wanted!r}")


def owner(body: dict[str, Any]) -> str:
    """Return the id of the patient that a resource is about, "" when it is about nobody."""
    if body["resourceType"] == "Patient":
        return str(body["id"])
    for reference in references(body):
        kind, _, id_ = str(reference.get("reference", "")).rpartition("/")
        if kind.rpartition("/")[2] == "Patient" and id_:
            return id_
    return ""


def references(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the references that can say whose a resource is."""
    for name in _OWNERS:
        if isinstance(body.get(name), dict):
            yield body[name]
    participants = body.get("participant")
    for participant in participants if isinstance(participants, list) else ():
        if isinstance(participant, dict) and isinstance(participant.get("actor"), dict):
            yield participant["actor"]


def shown(record: Record) -> dict[str, Any]:
    """Return a record as the control API shows it."""
    return {
        "resource": orjson.Fragment(record.json),
        "written": record.written,
        "held": record.held,
        "version": record.version,
        "patient": record.patient or None,
    }


SHOWN = record(
    {
        "resource": {"description": "as the vendor shows it"},
        "written": flag("by a client or through this API, not generated"),
        "held": flag("in the holding area: neither found nor readable"),
        "version": whole("counts changes from 1"),
        "patient": {"type": ["string", "null"]},
    },
    "resource", "written", "held", "version", "patient",
)  # fmt: skip
_RESOURCE: Schema = {"type": "object", "description": "a FHIR resource", "additionalProperties": True}
_PATCH: Schema = {"description": "a list of JSON Patch operations, or a merge patch"}
ROUTES = (
    Route("GET", "/resources/{type}", "listResources",
          "List what the EHR holds of a type: all of a patient's, otherwise what was written or changed",
          held, query={"patient": text("patient id")}, gives=record({"resources": rows(SHOWN)}, "resources")),
    Route("GET", "/resources/{type}/{id}", "readResource", "Show one resource, held ones too", read, gives=SHOWN),
    Route("GET", "/resources/{type}/{id}/history", "readHistory", "Show the versions of a resource, oldest first",
          history, gives=record({"versions": rows(SHOWN)}, "versions")),
    Route("PUT", "/resources/{type}/{id}", "putResource", "Put a resource, decimals kept as written", put,
          body=_RESOURCE, exact=True, gives=SHOWN),
    Route("PATCH", "/resources/{type}/{id}", "patchResource",
          "Change a resource by JSON Patch (a list) or merge patch (an object)", patch,
          body=_PATCH, exact=True, media=(JSON_PATCH, MERGE_PATCH, "application/json"), gives=SHOWN),
    Route("DELETE", "/resources/{type}/{id}", "removeResource", "Remove a resource", remove,
          gives=record({"removed": text("type and id")}, "removed")),
    Route("POST", "/resources/{type}/{id}/revert", "revertResource", "Take the last change of a resource back", revert,
          gives=record({"reverted": {"const": True}, "resource": {"type": ["object", "null"]}},
                       "reverted", "resource")),
    Route("POST", "/resources/{type}/{id}/reconcile", "reconcileResource",
          "Take a resource out of the holding area, as a clinician does", reconcile, gives=SHOWN),
)  # fmt: skip
