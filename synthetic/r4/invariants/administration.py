"""Invariants of administrative, scheduling, list and workflow resources."""

from collections.abc import Callable

from synthetic.r4.invariants.invariant import (
    Invariant,
    Table,
    any_of,
    choice_given,
    exactly_one,
    excludes,
    given,
)
from synthetic.r4.problem import Json
from synthetic.r4.times import surely_after

UNSCHEDULED = ("proposed", "cancelled", "waitlist")


def start_with_end(appointment: Json, _root: Json) -> bool:
    """app-2."""
    return given(appointment, "start") == given(appointment, "end")


def scheduled(appointment: Json, _root: Json) -> bool:
    """app-3."""
    both = given(appointment, "start") and given(appointment, "end")
    return both or appointment.get("status") in UNSCHEDULED


def cancelled_for_a_reason(appointment: Json, _root: Json) -> bool:
    """app-4."""
    return "cancelationReason" not in appointment or appointment.get("status") in ("no-show", "cancelled")


def not_at_home(name: str) -> Callable[[Json, Json], bool]:
    """org-2, org-3: an organization has no address or telephone of use home."""
    return lambda organization, _root: all(entry.get("use") != "home" for entry in organization.get(name, []))


def modified_after_authored(task: Json, _root: Json) -> bool:
    """inv-1 of Task."""
    authored, modified = task.get("authoredOn"), task.get("lastModified")
    return authored is None or modified is None or not surely_after(authored, modified)


def deleted_only_in_changes(entries: Json, _root: Json) -> bool:
    """lst-2."""
    return entries.get("mode") == "changes" or not any(given(entry, "deleted") for entry in entries.get("entry", []))


def dated_only_in_working(entries: Json, _root: Json) -> bool:
    """lst-3."""
    return entries.get("mode") == "working" or not any(given(entry, "date") for entry in entries.get("entry", []))


EMPTY_FOR_A_REASON = excludes("emptyReason", "entry")

ADMINISTRATION: Table = {
    "Appointment": (
        Invariant("app-2", "start and end come together", start_with_end),
        Invariant("app-3", f"start and end are missing (only {', '.join(UNSCHEDULED)} has none)", scheduled),
        Invariant("app-4", "cancelationReason needs the status cancelled or no-show", cancelled_for_a_reason),
    ),
    "Appointment.participant": (Invariant("app-1", "needs type or actor", any_of("type", "actor")),),
    "AuditEvent.entity": (Invariant("sev-1", "name and query exclude each other", excludes("name", "query")),),
    "Composition.section": (
        Invariant("cmp-1", "needs text, entry or section", any_of("text", "entry", "section")),
        Invariant("cmp-2", "emptyReason is only for a section without entry", EMPTY_FOR_A_REASON),
    ),
    "Consent": (Invariant("ppc-1", "needs policy or policyRule", any_of("policy", "policyRule")),),
    "Group": (
        Invariant(
            "grp-1",
            "only an actual group has members",
            lambda group, _root: "member" not in group or group.get("actual") is True,
        ),
    ),
    "List": (
        Invariant("lst-1", "emptyReason is only for a list without entry", EMPTY_FOR_A_REASON),
        Invariant("lst-2", "deleted is only for entries of mode changes", deleted_only_in_changes),
        Invariant("lst-3", "date is only for entries of mode working", dated_only_in_working),
    ),
    "Organization": (
        Invariant("org-1", "needs name or identifier", any_of("name", "identifier")),
        Invariant("org-2", "an organization has no address of use home", not_at_home("address")),
        Invariant("org-3", "an organization has no telecom of use home", not_at_home("telecom")),
    ),
    "Patient.contact": (
        Invariant(
            "pat-1",
            "needs name, telecom, address or organization",
            any_of("name", "telecom", "address", "organization"),
        ),
    ),
    "QuestionnaireResponse.item": (
        Invariant("qrs-1", "answer and item exclude each other", excludes("answer", "item")),
    ),
    "Task": (Invariant("inv-1", "lastModified must not be earlier than authoredOn", modified_after_authored),),
    "TestReport.setup.action": (
        Invariant("inv-1", "needs either operation or assert", exactly_one("operation", "assert")),
    ),
    "TestReport.test.action": (
        Invariant("inv-2", "needs either operation or assert", exactly_one("operation", "assert")),
    ),
    "Parameters.parameter": (
        Invariant(
            "inv-1",
            "needs exactly one of value[x], resource, part",
            lambda parameter, _root: (
                [choice_given(parameter, "value"), "resource" in parameter, "part" in parameter].count(True) == 1
            ),
        ),
    ),
}
