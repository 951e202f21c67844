"""All actions by name in lower case: those that are answered, and those that are known by name alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mock_ehr.vendors.allscripts.unity import clinical, dictionaries, ordering, people, saves, scheduling, system, tasks
from mock_ehr.vendors.allscripts.unity.action import Action

# Named in public action lists and client stubs; neither parameters nor answers were found (U1 U3 U5).
BY_NAME = ("SaveAllergy", "GetOrderWorkflow")
# Practice management: names only (U5 U8).
PRACTICE = (
    "GetScheduleByPatientID",
    "SaveAppointment",
    "SetAppointmentStatus",
    "GetAppointmentCancellationReasons",
    "GetAppointmentsByChangeDTTM",
    "GetAvailableSchedule",
    "GetAllAvailableAppointments",
    "SavePatient",
    "GetPatientAccountBalance",
    "GetPatientPolicy",
)
MODULES = (system, people, clinical, scheduling, dictionaries, saves, tasks, ordering)
ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        action.name.lower(): action
        for action in (
            *(action for module in MODULES for action in module.ACTIONS),
            *(Action(name, None, "create" if name.startswith("Save") else "search") for name in BY_NAME),
            *(Action(name, None, "create" if name.startswith(("Save", "Set")) else "search") for name in PRACTICE),
        )
    }
)
NAMES = frozenset(ACTIONS)


def exists(action: Action, product: str) -> bool:
    """Return whether a product has the action: those of practice management belong to it alone."""
    return action.name not in PRACTICE or product == "pm"
