"""FHIR R4 AuditEvents as audit records: which element says what.

Sources: http://hl7.org/fhir/R4/auditevent.html; IHE Basic Audit Log Patterns (https://profiles.ihe.net/ITI/BALP/), by
which the request id is an entity of type XrequestId and the token's id the policy of an agent.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
APPLICATIONS = {"110150", "110153", "110152"}  # DICOM: Application, Source and Destination Role ID
CUSTODIANS = {"CST", "CUST", "110155"}  # v3 Custodian, DICOM Source Media
_RESULTS = {"0": "success", "4": "refused", "8": "failure", "12": "failure"}
_INTERACTIONS = {"search-type": "search", "search-system": "search", "vread": "read", "transaction": "batch"}
_ACTIONS = {"C": "create", "R": "read", "U": "update", "D": "delete", "E": "execute"}
_PATIENT, _QUERY = "1", "24"  # object-role


def record_of(event: Json) -> Json:
    """Return an AuditEvent under our field names; a field that it does not tell is None."""
    user, application = _agents(event)
    kind, resource_id = _record(event)
    outcome = str(event.get("outcomeDesc") or "")
    status = re.match(r"\d{3}\b", outcome)
    return {
        "time": event.get("recorded"),
        "correlation_id": _request_id(event),
        "client_id": _name(application),
        "user": _name(user),
        "patient": next(_ids(event, _PATIENT), None),
        "resource_type": kind,
        "resource_id": resource_id,
        "action": _action(event),
        "result": _RESULTS.get(str(event.get("outcome"))),
        "status": int(status[0]) if status else None,
        "latency_ms": _milliseconds(event.get("period")),
        "policy": outcome[status.end() if status else 0 :].strip() or None,
        "purpose": next(_codes(event.get("purposeOfEvent", [])), None) or next(_purposes(event), None),
        "reason": _detail(event, "reason"),
        "token_id": next((text for agent in _list(event, "agent") for text in agent.get("policy", [])), None),
    }


def _agents(event: Json) -> tuple[Json | None, Json | None]:
    """Return who asked: the user, and the application that acted."""
    agents = [agent for agent in _list(event, "agent") if not CUSTODIANS & set(_codes([agent.get("type", {})]))]
    application = next((agent for agent in agents if APPLICATIONS & set(_codes([agent.get("type", {})]))), None)
    others = [agent for agent in agents if agent is not application]
    user = next((agent for agent in others if agent.get("requestor")), None)
    return (user, application) if application is not None or user is None else (None, user)


def _name(agent: Json | None) -> str | None:
    who = (agent or {}).get("who", {})
    named = who.get("reference") or who.get("identifier", {}).get("value") or who.get("display")
    found = named or (agent or {}).get("altId") or (agent or {}).get("name")
    return None if found is None else str(found)


def _record(event: Json) -> tuple[str | None, str | None]:
    """Return type and id of what it was about: a record, else what was searched for, else the patient."""
    references = [entity.get("what", {}).get("reference", "") for entity in _list(event, "entity")]
    named = [tuple(text.split("/")[-2:]) for text in references if text.count("/") >= 1]
    other = next((item for item in named if item[0] != "Patient"), None)
    if other is not None:
        return other[0], other[1]
    searched = next((_detail_of(entity, "type") for entity in _entities(event, _QUERY)), None)
    if searched is not None:
        return searched, None
    typed = next((kind for entity in _list(event, "entity") if (kind := entity.get("what", {}).get("type"))), None)
    if typed is not None:
        return typed, None
    return (named[0][0], named[0][1]) if named else (None, None)


def _action(event: Json) -> str | None:
    subtype = next((coding.get("code") for coding in event.get("subtype", [])), None)
    if subtype is not None:
        return _INTERACTIONS.get(str(subtype), str(subtype))
    return _ACTIONS.get(str(event.get("action")))


def _request_id(event: Json) -> str | None:
    for entity in _list(event, "entity"):
        if entity.get("type", {}).get("code") == "XrequestId":
            found = entity.get("what", {}).get("identifier", {}).get("value")
            return str(found) if found is not None else None
    return None


def _ids(event: Json, role: str) -> Iterator[str]:
    for entity in _entities(event, role):
        reference = entity.get("what", {}).get("reference", "")
        if reference:
            yield reference.rpartition("/")[2]


def _entities(event: Json, role: str) -> Iterator[Json]:
    return (entity for entity in _list(event, "entity") if entity.get("role", {}).get("code") == role)


def _detail(event: Json, name: str) -> str | None:
    return next((found for entity in _list(event, "entity") if (found := _detail_of(entity, name))), None)


def _detail_of(entity: Json, name: str) -> str | None:
    return next((item.get("valueString") for item in entity.get("detail", []) if item.get("type") == name), None)


def _purposes(event: Json) -> Iterator[str]:
    for agent in _list(event, "agent"):
        yield from _codes(agent.get("purposeOfUse", []))


def _codes(concepts: list[Json]) -> Iterator[str]:
    for concept in concepts:
        yield from (coding["code"] for coding in concept.get("coding", []) if "code" in coding)


def _milliseconds(period: Any) -> float | None:
    if not isinstance(period, dict) or not {"start", "end"} <= set(period):
        return None
    try:
        start, end = (dt.datetime.fromisoformat(str(period[name])) for name in ("start", "end"))
        return round((end - start).total_seconds() * 1000, 3)
    except (ValueError, TypeError):
        return None


def _list(event: Json, name: str) -> list[Json]:
    found = event.get(name, [])
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
