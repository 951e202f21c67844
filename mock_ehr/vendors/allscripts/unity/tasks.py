"""Tasks: SaveTask, SaveTaskStatus, GetTask, GetTaskList. The population has none; there are those that were saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mock_ehr import exact_json
from mock_ehr.record import Record as Stored
from mock_ehr.vendors.allscripts.unity.action import Action, Ask, Result
from mock_ehr.vendors.allscripts.unity.clinical import not_before, since_of
from mock_ehr.vendors.allscripts.unity.dictionaries import entry_name
from mock_ehr.vendors.allscripts.unity.errors import NOT_NUMERIC, CriticalError, UnityError
from mock_ehr.vendors.allscripts.unity.writing import keep, patient_of, practitioner_reference, user_display
from synthetic.writers.unity_chart_lists import task_row
from synthetic.writers.unity_quirks import Row

STATUSES = {  # Unity's word -> R4 Task.status
    "active": "requested",
    "in progress": "in-progress",
    "complete": "completed",
    "done": "completed",
    "remove": "cancelled",
    "removed": "cancelled",
}


def save_task(ask: Ask) -> Result:
    """SaveTask: Parameter1 type, 2 target user, 3 work object id, 4 comment, 5 subject."""
    record = patient_of(ask)
    kind = entry_name("task_type_de", ask.parameter(1))
    if not kind:
        raise CriticalError(f"task type {ask.parameter(1)!r} is not in the dictionary")
    if not ask.parameter(2):
        raise CriticalError("the task has no target user")
    body = {
        "resourceType": "Task",
        "status": "requested",
        "businessStatus": {"text": "Active"},
        "intent": "order",
        "code": {"text": kind},
        "description": ask.parameter(5),
        "focus": {"identifier": {"value": ask.parameter(3)}} if ask.parameter(3) else None,
        "for": {"reference": f"Patient/{record.patient['id']}"},
        "authoredOn": ask.instant(),
        "lastModified": ask.instant(),
        "requester": user_display(ask),
        "owner": practitioner_reference(ask, ask.parameter(2)),
        "note": note(ask.call.parameters[3]),
    }
    return keep(ask, record, body)


def note(text: str) -> list[dict[str, str]]:
    """Return an annotation, none for a blank text."""
    return [{"text": text}] if text.strip() else []


def save_task_status(ask: Ask) -> Result:
    """SaveTaskStatus: Parameter1 task id, 2 status, 3 delegate, 4 comment."""
    stored = ask.site.state.store.find("Task", ask.parameter(1))
    status = ask.parameter(2)
    if stored is None:
        raise CriticalError(f"task {ask.parameter(1)!r} was not found")
    if status.lower() not in STATUSES:
        raise CriticalError(f"task status {status!r} is not valid")
    body = stored.body()
    body |= {
        "status": STATUSES[status.lower()],
        "businessStatus": {"text": status.title()},
        "lastModified": ask.instant(),
        "meta": {**body.get("meta", {}), "lastUpdated": ask.instant()},
    }
    if ask.parameter(3):
        body["owner"] = practitioner_reference(ask, ask.parameter(3))
    if ask.call.parameters[3].strip():
        body["note"] = [*body.get("note", []), *note(ask.call.parameters[3])]
    ask.site.state.store.put(replace(stored, json=exact_json.dumps(body)))
    return Result([{"STATUS": "OK", "ID": stored.id}], (stored.patient,), committed=True)


def task(ask: Ask) -> Result:
    """GetTask: Parameter1 is its id."""
    stored = ask.site.state.store.find("Task", ask.parameter(1))
    row = shown(ask, stored, stored.body()) if stored else None
    return Result([row], (stored.patient,)) if stored and row else Result([])


def task_list(ask: Ask) -> Result:
    """GetTaskList: Parameter1 since, 2 types, 3 statuses, 4 Y adds what the user gave to others, 5 a number."""
    number = ask.parameter(5)
    if not number.isdecimal() and (number or ask.site.quirks.blank_task_parameter_fails):
        raise UnityError(NOT_NUMERIC)
    found = list(wanted(ask))
    rows = ((shown(ask, stored, body), stored) for stored, body in found)
    known = [(row, stored.patient) for row, stored in rows if row is not None]
    return Result([row for row, _ in known], tuple(dict.fromkeys(patient for _, patient in known)))


def wanted(ask: Ask) -> Iterator[tuple[Stored, dict[str, Any]]]:
    """Yield the tasks of the user that fit the parameters."""
    since, mine = since_of(ask), practitioner_reference(ask, ask.session.user)["display"]
    kinds, statuses = split(ask.parameter(2)), split(ask.parameter(3))
    delegated = ask.parameter(4).upper() == "Y"
    patient = patient_of(ask).patient["id"] if ask.call.patient else ""
    for stored in ask.site.state.store.changed("Task"):
        body = stored.body()
        owner, asker = (body.get(role, {}).get("display", "") for role in ("owner", "requester"))
        if (
            (owner == mine or (delegated and asker == mine))
            and patient in ("", stored.patient)
            and not_before(body.get("lastModified", ""), since)
            and (not kinds or body.get("code", {}).get("text", "").lower() in kinds)
            and (not statuses or body.get("businessStatus", {}).get("text", "").lower() in statuses)
        ):
            yield stored, body


def split(text: str) -> list[str]:
    """Return the parts of a list with pipes, in lower case; none for All."""
    parts = [part.strip().lower() for part in text.split("|") if part.strip()]
    return [] if "all" in parts else parts


def shown(ask: Ask, stored: Stored, body: dict[str, Any]) -> Row | None:
    """Return the row of a task, None when its patient is none of ours."""
    index = ask.site.population.locate("Patient", stored.patient)
    return None if index is None else task_row(index, body, ask.rows)


ACTIONS = (
    Action("SaveTask", save_task, "create", ("Task",)),
    Action("SaveTaskStatus", save_task_status, "update", ("Task",)),
    Action("GetTask", task, "read", ("Task",)),
    Action("GetTaskList", task_list, "search", ("Task",)),
)
