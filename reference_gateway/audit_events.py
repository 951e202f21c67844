"""The audit trail as FHIR AuditEvents (R4), after the IHE profile Basic Audit Log Patterns (BALP).

Source: https://profiles.ihe.net/ITI/BALP/ (patient read, query and create, with an OAuth-identified application).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from reference_gateway.json_text import Json

OBSERVER = "Gauntlet reference gateway"
_TYPE = {
    "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
    "code": "rest",
    "display": "RESTful Operation",
}
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_SUBTYPES = {"read": "read", "search": "search-type", "create": "create", "update": "update", "batch": "batch"}
_ACTIONS = {"read": "R", "search": "E", "create": "C", "update": "U"}
_OUTCOMES = {"success": "0", "refused": "4", "failure": "8"}
_OWN_ACTION = "urn:gauntlet:reference-gateway:action"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_BALP = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"


class AuditEvents:
    """Turns records of the trail into AuditEvents."""

    def __init__(self, observer: str) -> None:
        self.observer = observer

    def event(self, record: dict[str, Any]) -> Json:
        """Return the AuditEvent of one record."""
        event: Json = {
            "resourceType": "AuditEvent",
            "id": f"a{record['seq']}",
            "type": _TYPE,
            "subtype": [self.subtype(str(record["action"]))],
            "action": _ACTIONS.get(record["action"], "E"),
            **self.period(record),
            "recorded": record["time"],
            "outcome": _OUTCOMES[record["result"]],
            "outcomeDesc": f"{record['status']} {record['policy']}",
            "agent": self.agents(record),
            "source": {"observer": {"display": self.observer}},
            "entity": self.entities(record),
        }
        if record.get("purpose"):
            event["purposeOfEvent"] = [{"coding": [{"system": _REASON, "code": record["purpose"]}]}]
        return event

    def subtype(self, action: str) -> Json:
        """Return what was done: FHIR's interaction, or the trail's own word for what is none, such as a token grant."""
        if action in _SUBTYPES:
            return {"system": _INTERACTION, "code": _SUBTYPES[action]}
        return {"system": _OWN_ACTION, "code": action}

    def period(self, record: dict[str, Any]) -> Json:
        """Return how long it took, up to the moment of the record."""
        end = datetime.fromisoformat(record["time"])
        start = end - timedelta(milliseconds=record["latency_ms"])
        return {"period": {"start": start.isoformat(timespec="milliseconds"), "end": record["time"]}}

    def agents(self, record: dict[str, Any]) -> list[Json]:
        """Return who asked: the application and, where there is one, its user."""
        application = {"coding": [{"system": _DICOM, "code": "110150", "display": "Application"}]}
        found: list[Json] = [
            {
                "type": application,
                "who": {"identifier": {"value": record["client_id"]}},
                "requestor": not record["user"],
                **({"policy": [record["token_id"]]} if record.get("token_id") else {}),
            }
        ]
        if record["user"]:
            found.append({"who": self.user(str(record["user"])), "requestor": True})
        return found

    def user(self, user: str) -> Json:
        """Return a user, as reference where the token gave one."""
        return {"reference": user} if user.count("/") == 1 else {"identifier": {"value": user}}

    def entities(self, record: dict[str, Any]) -> list[Json]:
        """Return what it was about: the patient, the record, the request."""
        found: list[Json] = [
            {
                "what": {"identifier": {"value": record["correlation_id"]}},
                "type": {"system": _BALP, "code": "XrequestId"},
            }
        ]
        if record["patient"]:
            found.append(self.entity(f"Patient/{record['patient']}", "1", "1", "Patient"))
        if record["resource_id"] and record["resource_type"] not in (None, "Patient"):
            found.append(self.entity(f"{record['resource_type']}/{record['resource_id']}", "2", "4", "Domain Resource"))
        elif (
            record["resource_type"] and not record["resource_id"] and record["action"] != "search"
        ):  # refused before it had an id
            found.append({"what": {"type": record["resource_type"]}, "type": {"system": _ENTITY, "code": "2"}})
        if record["action"] == "search":
            found.append({"role": {"system": _ROLE, "code": "24", "display": "Query"}, "detail": self.query(record)})
        return found

    def query(self, record: dict[str, Any]) -> list[Json]:
        """Return what was searched for."""
        return [{"type": "type", "valueString": record["resource_type"]}]

    def entity(self, reference: str, kind: str, role: str, display: str) -> Json:
        """Return one record as entity: `kind` 1 a person, 2 a system object; `role` as in object-role."""
        return {
            "what": {"reference": reference},
            "type": {"system": _ENTITY, "code": kind},
            "role": {"system": _ROLE, "code": role, "display": display},
        }
