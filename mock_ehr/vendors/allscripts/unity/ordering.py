"""Orders and prescriptions: SaveOrder and SaveRX, which take their fields as XML in Parameter1."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from mock_ehr.vendors.allscripts.unity.action import Action, Ask, Result
from mock_ehr.vendors.allscripts.unity.dictionaries import entry_name
from mock_ehr.vendors.allscripts.unity.errors import CriticalError
from mock_ehr.vendors.allscripts.unity.writing import (
    fields_of,
    keep,
    patient_of,
    practitioner_reference,
    user_display,
    visit_reference,
)
from synthetic.writers.unity_clinical import local_code
from synthetic.writers.unity_values import words_of

ORDER_STATUSES = {"active": "active", "complete": "completed", "hold": "on-hold", "cancelled": "revoked"}


def save_order(ask: Ask) -> Result:
    """SaveOrder: Parameter1 fields as XML (`id` and `value`), 2 category, 3 dictionary id, 4 problem, 5 transaction."""
    record = patient_of(ask)
    fields = fields_of(ask.call.parameters[0], key="id")
    category = entry_name("order_category_de", ask.parameter(2))
    name = entry_name("lab_de", ask.parameter(3))
    status = ORDER_STATUSES.get(fields.get("orderstatus", "Active").lower())
    if not category:
        raise CriticalError(f"order category {ask.parameter(2)!r} is not in the dictionary")
    if not name:
        raise CriticalError(f"order {ask.parameter(3)!r} is not in the dictionary")
    if status is None:
        raise CriticalError(f"order status {fields['orderstatus']!r} is not valid")
    by = fields.get("orderorderedby", "")
    body = {
        "resourceType": "ServiceRequest",
        "status": status,
        "intent": "order",
        "category": [{"text": category}],
        "code": {"text": name},
        "subject": {"reference": f"Patient/{record.patient['id']}"},
        "encounter": visit_reference(ask, record, fields.get("encounter", "")),
        "authoredOn": ask.instant(),
        "requester": practitioner_reference(ask, by) if by else user_display(ask),
        "note": [{"text": fields["orderannotation"]}] if fields.get("orderannotation") else [],
    }
    return keep(ask, record, body)


def save_prescription(ask: Ask) -> Result:
    """SaveRX: Parameter1 fields as XML (`name` and `value`) under `saverx`.

    The names of the fields were found nowhere; these are ours: ddid or drugname, sig, quantity, refills.
    """
    record = patient_of(ask)
    fields = fields_of(ask.call.parameters[0], key="name")
    drug = drug_of(ask, fields)
    if not fields.get("sig", "").strip():
        raise CriticalError("the prescription has no sig")
    dispense: dict[str, Any] = {}
    if fields.get("quantity"):
        dispense["quantity"] = {"value": number(fields["quantity"], "quantity")}
    if fields.get("refills"):
        dispense["numberOfRepeatsAllowed"] = whole(fields["refills"])
    body = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": drug,
        "subject": {"reference": f"Patient/{record.patient['id']}"},
        "encounter": visit_reference(ask, record, fields.get("encounter", "")),
        "authoredOn": ask.instant(),
        "requester": user_display(ask),
        "dosageInstruction": [{"text": fields["sig"].strip()}],
        "dispenseRequest": dispense,
    }
    return keep(ask, record, body)


def drug_of(ask: Ask, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the concept of the drug that the formulary has under this number or name. Raises CriticalError."""
    wanted, name = fields.get("ddid", "").strip(), fields.get("drugname", "").strip().lower()
    for medication in ask.site.directory.of_type("Medication"):
        code: dict[str, Any] = medication.body["code"]
        if (wanted and local_code(words_of(code)) == wanted) or (name and words_of(code).lower() == name):
            return code
    raise CriticalError(f"drug {wanted or name!r} is not in the formulary")


def number(text: str, name: str) -> Decimal:
    """Return a positive decimal. Raises CriticalError."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise CriticalError(f"{name} {text!r} is no number") from None
    if not value.is_finite() or not 0 < value < 100_000:
        raise CriticalError(f"{name} {text!r} is not a number that can be dispensed")
    return value


def whole(text: str) -> int:
    """Return a number of refills. Raises CriticalError."""
    if not (text.strip().isascii() and text.strip().isdecimal()) or int(text[:6]) > 99:
        raise CriticalError(f"refills {text!r} is no number from 0 to 99")
    return int(text)


ACTIONS = (
    Action("SaveOrder", save_order, "create", ("ServiceRequest",)),
    Action("SaveRX", save_prescription, "create", ("MedicationRequest",)),
)
