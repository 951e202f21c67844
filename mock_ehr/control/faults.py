"""Faults: armed, listed with how often they took effect, taken away; and those that have a name."""

from __future__ import annotations

from typing import Any

from mock_ehr.behaviours import FaultError, closest
from mock_ehr.control.console import Console
from mock_ehr.control.fault_shape import FAULT
from mock_ehr.control.refusal import RefusedError, absent, listed
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import record, rows, text, whole

_ARMED = record({"id": text("id"), "name": text("name")}, "id", "name")
_ROW = {
    "type": "object",
    "properties": {"id": text("id"), "name": text("name"), "applied": whole("exchanges that it changed")},
    "required": ["id", "name", "applied"],
}
_NAMED = record({"name": text("name"), "why": {"type": "string"}, "spec": FAULT}, "name", "why", "spec")


def arm(console: Console, call: Call) -> Any:
    """Arm the fault that the body describes."""
    return armed(console, call.body)


def armed(console: Console, spec: object) -> Any:
    """Arm a fault. Raises RefusedError (400) with the reason."""
    try:
        fault = console.state.faults.arm(spec)
    except FaultError as error:
        raise RefusedError(400, str(error)) from error
    return {"id": fault.id, "name": fault.name}


def listing(console: Console, _call: Call) -> Any:
    """List the armed faults."""
    return console.state.faults.listing()


def clear(console: Console, _call: Call) -> Any:
    """Take every fault away."""
    console.state.faults.clear()
    return {"armed": 0}


def disarm(console: Console, call: Call) -> Any:
    """Take one fault away."""
    if not console.state.faults.disarm(call.path["id"]):
        raise absent(f"no fault {call.path['id']!r}", "GET /faults lists those that are armed")
    return {"armed": len(console.state.faults.listing())}


def library(console: Console, _call: Call) -> Any:
    """List the named faults."""
    return {
        "faults": [{"name": fault.name, "why": fault.why, "spec": fault.spec} for fault in console.library.values()]
    }


def arm_named(console: Console, call: Call) -> Any:
    """Arm a named fault."""
    named = console.library.get(call.path["name"])
    if named is None:
        known = tuple(console.library)
        near = closest(call.path["name"], known)
        raise absent(f"no fault is named {call.path['name']!r}{near}", f"valid: {listed(known)}")
    return armed(console, named.spec)


_LEFT = record({"armed": whole("faults that are left")}, "armed")
ROUTES = (
    Route("POST", "/faults", "armFault", "Arm a fault", arm, body=FAULT, gives=_ARMED),
    Route("GET", "/faults", "listFaults", "List the armed faults with their counts", listing, gives=rows(_ROW)),
    Route("DELETE", "/faults", "clearFaults", "Take every fault away", clear, gives=_LEFT),
    Route("DELETE", "/faults/{id}", "disarmFault", "Take one fault away", disarm, gives=_LEFT),
    Route("GET", "/named-faults", "listNamedFaults", "List the faults that can be armed by name", library,
          gives=record({"faults": rows(_NAMED)}, "faults")),
    Route("POST", "/named-faults/{name}", "armNamedFault", "Arm a fault by its name", arm_named, gives=_ARMED),
)  # fmt: skip
