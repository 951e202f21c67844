"""Invariants of CapabilityStatement (http://hl7.org/fhir/R4/capabilitystatement.html#inv)."""

from collections.abc import Callable

from synthetic.r4.invariants.invariant import Invariant, Table, any_of, given
from synthetic.r4.problem import Json


def unique(name: str, *keys: str) -> Callable[[Json, Json], bool]:
    """Rule that the entries of `name` differ in the values of `keys`."""

    def holds(value: Json, _root: Json) -> bool:
        found = [tuple(entry.get(key) for key in keys) for entry in value.get(name, [])]
        return len(set(found)) == len(found)

    return holds


def endpoint_of_instance(statement: Json, _root: Json) -> bool:
    """cpb-3."""
    has_endpoint = any("endpoint" in entry for entry in statement.get("messaging", []))
    return not has_endpoint or statement.get("kind") == "instance"


def fits_kind(kind: str, **presence: bool) -> Callable[[Json, Json], bool]:
    """cpb-14, cpb-15, cpb-16: what a statement of this kind must and must not have."""

    def holds(statement: Json, _root: Json) -> bool:
        return statement.get("kind") != kind or all(
            given(statement, name) == wanted for name, wanted in presence.items()
        )

    return holds


STATEMENTS: Table = {
    "CapabilityStatement": (
        Invariant("cpb-1", "needs rest, messaging or document", any_of("rest", "messaging", "document")),
        Invariant(
            "cpb-2",
            "needs description, software or implementation",
            any_of("description", "software", "implementation"),
        ),
        Invariant("cpb-3", "messaging.endpoint needs kind instance", endpoint_of_instance),
        Invariant("cpb-7", "two documents have the same profile and mode", unique("document", "profile", "mode")),
        Invariant("cpb-14", "kind instance needs implementation", fits_kind("instance", implementation=True)),
        Invariant(
            "cpb-15",
            "kind capability needs software and no implementation",
            fits_kind("capability", implementation=False, software=True),
        ),
        Invariant(
            "cpb-16",
            "kind requirements has neither software nor implementation",
            fits_kind("requirements", implementation=False, software=False),
        ),
    ),
    "CapabilityStatement.rest": (Invariant("cpb-9", "two resources have the same type", unique("resource", "type")),),
    "CapabilityStatement.rest.resource": (
        Invariant("cpb-12", "two search parameters have the same name", unique("searchParam", "name")),
    ),
}
