"""Checks that rows of profiles.toml become; each lists the problems of one well-formed R4 resource."""

from collections.abc import Iterator
from typing import Any

from synthetic.r4.invariants.invariant import choice_given, codings, given
from synthetic.r4.problem import Json, Problem, shown
from synthetic.r4.references import target_type
from synthetic.r4.us_core.table import Coding, Profile

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"


def places(value: Json, path: str) -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of each place that `a.b` names, with indexes: `a[0].b`."""
    name, _, rest = path.partition(".")
    if name not in value:
        return
    listed = isinstance(value[name], list)
    for index, item in enumerate(value[name] if listed else [value[name]]):
        here = f"{name}[{index}]" if listed else name
        if not rest:
            yield here, item
        elif isinstance(item, dict):
            yield from ((f"{here}.{below}", found) for below, found in places(item, rest))


def present(value: Json, name: str) -> bool:
    """Whether an element or any type of a choice `name[x]` is there."""
    return choice_given(value, name[:-3]) if name.endswith("[x]") else given(value, name)


def missing(profile: Profile, resource: Json) -> Iterator[Problem]:
    """Elements that the profile requires and that are not there."""
    for path in profile.require:
        holder, _, name = path.rpartition(".")
        for here, value in places(resource, holder) if holder else [("", resource)]:
            if not present(value, name):
                text = f"{profile.name} must have {path}"
                yield Problem(f"{here}.{name}" if here else name, "us-core-required", text)


def foreign_patient(profile: Profile, resource: Json) -> Iterator[Problem]:
    """A subject that shows another type than Patient."""
    if profile.patient is None:
        return
    reference = resource.get(profile.patient, {}).get("reference")
    kind = target_type(reference, resource) if reference else None
    if kind not in (None, "Patient"):
        text = f"{profile.name}: {profile.patient} must refer to a Patient, not a {kind}"
        yield Problem(profile.patient, "us-core-patient", text)


def all_codings(resource: Json, path: str) -> set[tuple[str | None, str | None]]:
    """Codings of every concept at a path."""
    return {coding for _, concept in places(resource, path) for coding in codings(concept)}


def named(wanted: frozenset[Coding]) -> str:
    """Codes as text for a message."""
    return ", ".join(sorted(f"{system}|{code}" for system, code in wanted))


def wrong_codes(profile: Profile, resource: Json) -> Iterator[Problem]:
    """Concepts and codes that are not those of the profile."""
    for path, wanted in profile.any_code.items():
        if not wanted & all_codings(resource, path):
            yield Problem(path, "us-core-code", f"{profile.name}: one of {named(wanted)} must be there")
    for path, wanted in profile.all_codes.items():
        if lacking := wanted - all_codings(resource, path):
            yield Problem(path, "us-core-code", f"{profile.name}: {named(frozenset(lacking))} must be there")
    for path, valid in profile.value_set.items():
        for here, code in places(resource, path):
            if code not in valid:
                text = f"{profile.name}: {shown(code)} is not one of {', '.join(sorted(valid))}"
                yield Problem(here, "us-core-binding", text)


def quantity_problems(profile: Profile, quantity: Json, units: frozenset[str], here: str) -> Iterator[Problem]:
    """A vital sign quantity that lacks value, unit, UCUM or one of the units of the profile."""
    for name in ("value", "unit", "system", "code"):
        if not given(quantity, name):
            yield Problem(f"{here}.{name}", "us-core-quantity", f"{profile.name}: the quantity must have {name}")
    if quantity.get("system", UCUM) != UCUM:
        yield Problem(f"{here}.system", "us-core-quantity", f"{profile.name}: the system must be {UCUM}")
    if "code" in quantity and quantity["code"] not in units:
        text = f"{profile.name}: {quantity['code']!r} is not one of {', '.join(sorted(units))}"
        yield Problem(f"{here}.code", "us-core-quantity", text)


def wrong_quantities(profile: Profile, resource: Json) -> Iterator[Problem]:
    """The quantities of the observation and of its components."""
    if profile.quantity and "valueQuantity" in resource:
        yield from quantity_problems(profile, resource["valueQuantity"], profile.quantity, "valueQuantity")
    for index, component in enumerate(resource.get("component", [])):
        for code, units in profile.component.items():
            if (LOINC, code) in codings(component.get("code")) and "valueQuantity" in component:
                here = f"component[{index}].valueQuantity"
                yield from quantity_problems(profile, component["valueQuantity"], units, here)


def wrong_components(profile: Profile, resource: Json) -> Iterator[Problem]:
    """Components that must be there exactly once."""
    found = [codings(component.get("code")) for component in resource.get("component", [])]
    for code in profile.components:
        count = sum((LOINC, code) in component for component in found)
        if count != 1:
            text = f"{profile.name} needs one component {LOINC}|{code}, there are {count}"
            yield Problem("component", "us-core-component", text)


CHECKS = (missing, foreign_patient, wrong_codes, wrong_quantities, wrong_components)
