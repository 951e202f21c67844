"""Documents and notes: SaveNote, SaveUnstructuredDocument, SaveDocumentImage."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import Any

from mock_ehr.vendors.allscripts.unity.action import Action, Ask, Result
from mock_ehr.vendors.allscripts.unity.dictionaries import entry_name
from mock_ehr.vendors.allscripts.unity.errors import CriticalError
from mock_ehr.vendors.allscripts.unity.writing import fields_of, keep, patient_of, user_display, visit_reference

NOTE_STATUSES = {"unsigned": "preliminary", "final": "final"}
RTF, PLAIN = "application/rtf", "text/plain; charset=utf-8"
MEDIA = {"pdf": "application/pdf", "tif": "image/tiff", "tiff": "image/tiff", "jpg": "image/jpeg", "rtf": RTF}


def save_note(ask: Ask) -> Result:
    """SaveNote: Parameter1 text, 2 type, 3 Unsigned or Final, 4 Y for RTF."""
    record = patient_of(ask)
    text, kind = ask.call.parameters[0], entry_name("document_type_de", ask.parameter(2))
    status = NOTE_STATUSES.get(ask.parameter(3).lower())
    if not text.strip():
        raise CriticalError("the note has no text")
    if not kind:
        raise CriticalError(f"document type {ask.parameter(2)!r} is not in the dictionary")
    if status is None:
        raise CriticalError(f"note status {ask.parameter(3)!r} is neither Unsigned nor Final")
    media = RTF if ask.parameter(4).upper() == "Y" else PLAIN
    visit = visit_reference(ask, record)
    return keep(ask, record, document(ask, record.patient["id"], kind, status, media, text.encode(), visit))


def document(
    ask: Ask, patient: str, kind: str, status: str, media: str, data: bytes, visit: dict[str, Any] | None
) -> dict[str, Any]:
    """Return a document as a DocumentReference with its text in it."""
    attachment = {
        "contentType": media,
        "data": b64encode(data).decode(),
        "size": len(data),
        "title": kind,
        "creation": ask.instant(),
    }
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "docStatus": status,
        "type": {"text": kind},
        "subject": {"reference": f"Patient/{patient}"},
        "date": ask.instant(),
        "author": [user_display(ask)],
        "content": [{"attachment": attachment}],
        "context": {"encounter": [visit]} if visit else None,
    }


def save_unstructured_document(ask: Ask) -> Result:
    """SaveUnstructuredDocument: Parameter1 items as XML, 2 the text."""
    record = patient_of(ask)
    items, text = fields_of(ask.call.parameters[0], key="name"), ask.call.parameters[1]
    if not text.strip():
        raise CriticalError("the document has no text")
    kind = entry_name("document_type_de", items.get("documenttype", ""))
    if not kind:
        raise CriticalError(f"document type {items.get('documenttype', '')!r} is not in the dictionary")
    visit = visit_reference(ask, record, items.get("ahsencounterid", ""))
    return keep(ask, record, document(ask, record.patient["id"], kind, "preliminary", PLAIN, text.encode(), visit))


def save_document_image(ask: Ask) -> Result:
    """SaveDocumentImage: chunks with bDoneUpload false, then one call with true that files them."""
    record = patient_of(ask)
    items = fields_of(ask.call.parameters[0], key="name")
    guid = items.get("documentvar", "").strip()
    if guid and not ask.site.uploads.known(guid):
        raise CriticalError(f"no upload {guid!r} is under way")
    if items.get("bdoneupload", "").lower() == "true":
        return file_upload(ask, guid, items.get("documenttype", ""), items.get("vendorfilename", ""), items)
    guid = guid or ask.site.new_guid()
    if not ask.site.uploads.add(guid, chunk_of(ask)):
        raise CriticalError("the document is too large")
    return Result([{"STATUS": "OK", "documentVar": guid, "ID": "0"}], (record.patient["id"],))


def chunk_of(ask: Ask) -> bytes:
    """Return the chunk in Parameter6, or in Data where some clients put it. Raises CriticalError."""
    text = "".join((ask.call.parameters[5] or ask.call.data).split())
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise CriticalError("the chunk is not base64") from None


def file_upload(ask: Ask, guid: str, kind: str, file_name: str, items: Any) -> Result:
    """File the document of an upload that is done."""
    record, name = patient_of(ask), entry_name("document_type_de", kind)
    if not guid:
        raise CriticalError("documentVar is missing")
    if not name:
        raise CriticalError(f"document type {kind!r} is not in the dictionary")
    visit = visit_reference(ask, record, items.get("ahsencounterid", ""))
    media = MEDIA.get(file_name.rpartition(".")[2].lower(), "application/octet-stream")
    data = ask.site.uploads.take(guid)
    filed = keep(ask, record, document(ask, record.patient["id"], name, "final", media, data, visit))
    return Result([{**filed.rows[0], "documentVar": guid}], filed.patients, committed=True)


ACTIONS = (
    Action("SaveNote", save_note, "create", ("DocumentReference",)),
    Action("SaveUnstructuredDocument", save_unstructured_document, "create", ("DocumentReference",), suffix=""),
    Action("SaveDocumentImage", save_document_image, "create", ("DocumentReference",)),
)
