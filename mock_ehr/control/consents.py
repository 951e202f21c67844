"""Two things that happen to a patient's record as a whole: its merge into another one, and a change of consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from mock_ehr import exact_json
from mock_ehr.control.console import Console
from mock_ehr.control.groups import known_patient
from mock_ehr.control.refusal import RefusedError, absent
from mock_ehr.control.resources import SHOWN, shown
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import record, rows, text
from mock_ehr.store import Record

DECISIONS = ("revoke", "permit", "deny")
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_POLICIES = {"permit": "OPTIN", "deny": "OPTOUT"}


def merge(console: Console, call: Call) -> Any:
    """Merge a patient into another one: all of the chart becomes the other's."""
    try:
        console.state.store.merge(call.path["patient"], call.body["into"])
    except LookupError as error:
        raise absent(str(error.args[0]), "GET /patients lists some; ids are case-sensitive") from error
    except ValueError as error:
        raise RefusedError(
            409, str(error), "a merge cannot be repeated; POST /reset with part data undoes it"
        ) from error
    return {"merged": call.path["patient"], "into": call.body["into"]}


def decide(console: Console, call: Call) -> Any:
    """Change a patient's consent.

    revoke: every active Consent becomes inactive. permit, deny: they become inactive too, and a new active one says so.
    """
    patient, decision = known_patient(console, call.path["patient"]), call.body["decision"]
    store = console.state.store
    changed = []
    for held in store.of_patient(patient, "Consent"):
        body = held.body()
        if body.get("status") == "active":
            body["status"] = "inactive"
            changed.append(store.put(replace(held, json=exact_json.dumps(body))))
    if decision != "revoke":
        changed.append(store.put(new_consent(patient, decision, console.state.clock.now())))
    return {"patient": patient, "decision": decision, "consents": [shown(each) for each in changed]}


def new_consent(patient: str, decision: str, now: float) -> Record:
    """Return an active Consent (R4) that permits or denies everything."""
    instant = datetime.fromtimestamp(int(now), UTC).isoformat().replace("+00:00", "Z")
    id_ = "e" + blake2b(f"{patient}:{decision}:{now!r}".encode(), digest_size=16).hexdigest()
    body = {
        "resourceType": "Consent",
        "id": id_,
        "status": "active",
        "scope": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"},
            ]
        },
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Patient Consent"}]}],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": instant,
        "policyRule": {"coding": [{"system": _ACT_CODE, "code": _POLICIES[decision]}]},
        "provision": {"type": decision},
    }
    return Record("Consent", id_, patient, exact_json.dumps(body), written=True)


_DECISION = {
    "type": "string",
    "enum": list(DECISIONS),
    "description": "revoke ends what was said; permit, deny say anew",
}
ROUTES = (
    Route("POST", "/patients/{patient}/merge", "mergePatient", "Merge a patient into another one", merge,
          body=record({"into": text("id of the patient that stays")}, "into"),
          gives=record({"merged": text("patient id"), "into": text("patient id")}, "merged", "into")),
    Route("POST", "/patients/{patient}/consent", "decideConsent", "Revoke, permit or deny a patient's consent", decide,
          body=record({"decision": _DECISION}, "decision"),
          gives=record({"patient": text("patient id"), "decision": _DECISION, "consents": rows(SHOWN)},
                       "patient", "decision", "consents")),
)  # fmt: skip
