"""Invariants of general data types (http://hl7.org/fhir/R4/datatypes.html#inv)."""

from synthetic.r4.invariants.invariant import (
    Invariant,
    Table,
    any_of,
    choice_given,
    exactly_one,
    excludes,
    given,
    implies,
)
from synthetic.r4.problem import Json
from synthetic.r4.times import surely_after

_NO_VALUE = frozenset({"id", "_id", "url", "_url", "extension"})


def value_or_extensions(extension: Json, _root: Json) -> bool:
    """ext-1: an extension has a value or extensions of its own, not both.

    It is well-formed otherwise, so what is none of the others is a value.
    """
    return ("extension" in extension) == (extension.keys() <= _NO_VALUE)


def ordered(period: Json, _root: Json) -> bool:
    """per-1: a period starts before it ends; only a certain contradiction counts."""
    start, end = period.get("start"), period.get("end")
    return start is None or end is None or not surely_after(start, end)


def not_before_meals(repeat: Json, _root: Json) -> bool:
    """tim-9: an offset needs an event, and one it can be counted from."""
    events = repeat.get("when", [])
    return "offset" not in repeat or (bool(events) and not {"C", "CM", "CD", "CV"}.intersection(events))


def not_negative(name: str) -> Invariant:
    """tim-4, tim-5: a length of time is not negative."""
    rule = {"duration": "tim-4", "period": "tim-5"}[name]
    return Invariant(rule, f"{name} must not be negative", lambda repeat, _root: repeat.get(name, 0) >= 0)


def needs(rule: str, first: str, second: str) -> Invariant:
    """Rule that `first` is only given together with `second`."""
    return Invariant(rule, f"{first} is only allowed together with {second}", implies(first, second))


def trigger_is_complete(trigger: Json, _root: Json) -> bool:
    """trd-3: each kind of trigger has what it works by."""
    kind = trigger.get("type", "")
    if kind == "named-event":
        return given(trigger, "name")
    if kind == "periodic":
        return choice_given(trigger, "timing")
    return not kind.startswith("data-") or given(trigger, "data")


PATH_OR_PARAMETER = exactly_one("path", "searchParam")

DATATYPES: Table = {
    "Extension": (
        Invariant("ext-1", "an extension has either value[x] or extension, exactly one", value_or_extensions),
    ),
    "Period": (Invariant("per-1", "start must not be later than end", ordered),),
    "ContactPoint": (needs("cpt-2", "value", "system"),),
    "Attachment": (needs("att-1", "data", "contentType"),),
    "Expression": (Invariant("exp-1", "expression or reference must be given", any_of("expression", "reference")),),
    "Timing.repeat": (
        needs("tim-1", "duration", "durationUnit"),
        needs("tim-2", "period", "periodUnit"),
        not_negative("duration"),
        not_negative("period"),
        needs("tim-6", "periodMax", "period"),
        needs("tim-7", "durationMax", "duration"),
        needs("tim-8", "countMax", "count"),
        Invariant("tim-9", "offset needs a when other than C, CM, CD, CV", not_before_meals),
        Invariant("tim-10", "timeOfDay and when exclude each other", excludes("timeOfDay", "when")),
    ),
    "DataRequirement.codeFilter": (Invariant("drq-1", "either path or searchParam must be given", PATH_OR_PARAMETER),),
    "DataRequirement.dateFilter": (Invariant("drq-2", "either path or searchParam must be given", PATH_OR_PARAMETER),),
    "TriggerDefinition": (
        Invariant(
            "trd-1",
            "data and timing exclude each other",
            lambda trigger, _root: "data" not in trigger or not choice_given(trigger, "timing"),
        ),
        needs("trd-2", "condition", "data"),
        Invariant("trd-3", "a trigger needs the name, timing or data its type asks for", trigger_is_complete),
    ),
}
