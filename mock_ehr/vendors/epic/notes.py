"""Epic's rules for notes, and where their text goes: to a Binary (vendors.md 1.8 and 1.11: S, E1 E3)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

from mock_ehr import exact_json
from mock_ehr.search_values import elements
from mock_ehr.store import Record, Store
from mock_ehr.vendors.epic.ids import Ids
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.write_rules import WriteRefusedError

STATUSES = ("preliminary", "final")
PLAIN_TEXT = "text/plain"


def check_note(body: dict[str, Any]) -> None:
    """Refuse a note without encounter (59108), of another status (59111), or that is not base64 of plain text."""
    if not any(isinstance(one, dict) and "reference" in one for one in elements(body, "context.encounter")):
        raise WriteRefusedError(400, Issue(59108, "A note needs its encounter.", ("context.encounter",)))
    if body["docStatus"] not in STATUSES:
        raise WriteRefusedError(400, Issue(59111, f"docStatus is one of {', '.join(STATUSES)}.", ("docStatus",)))
    for attachment in elements(body, "content.attachment"):
        check_attachment(attachment)


def check_attachment(attachment: dict[str, Any]) -> None:
    """Refuse an attachment that is not base64 of plain text; one that is filed already has an address instead."""
    place = "content.attachment"
    if str(attachment.get("url", "")).startswith("Binary/") and "data" not in attachment:
        return
    if str(attachment.get("contentType", "")).partition(";")[0].strip() != PLAIN_TEXT:
        raise WriteRefusedError(400, Issue(59111, "A note is plain text.", (f"{place}.contentType",)))
    if not attachment.get("data"):
        raise WriteRefusedError(400, Issue(59108, "The note has no text.", (f"{place}.data",)))
    try:
        b64decode(attachment["data"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise WriteRefusedError(400, Issue(59102, f"The text is not base64: {error}", (f"{place}.data",))) from error


def file_note(filed: dict[str, Any], patient: str, store: Store, ids: Ids) -> dict[str, Any]:
    """Return the note with addresses in the place of its texts, which are kept as Binary resources."""
    return {**filed, "content": [file_content(one, filed["id"], patient, store, ids) for one in filed["content"]]}


def file_content(content: dict[str, Any], note_id: str, patient: str, store: Store, ids: Ids) -> dict[str, Any]:
    """Return one content of a note with its text filed."""
    attachment = content["attachment"]
    if "data" not in attachment:
        return content
    binary = {
        "resourceType": "Binary",
        "id": ids.new("Binary"),
        "contentType": attachment["contentType"],
        "securityContext": {"reference": f"DocumentReference/{note_id}"},
        "data": attachment["data"],
    }
    store.add(Record("Binary", binary["id"], patient, exact_json.dumps(binary), written=True))
    shown = {name: value for name, value in attachment.items() if name not in ("data", "url", "size")}
    shown |= {"url": f"Binary/{binary['id']}", "size": len(b64decode(attachment["data"]))}
    return {**content, "attachment": shown}
