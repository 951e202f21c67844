"""FHIR R4 search: parameters, criteria and matching.

Vendor rules (what is required, what is ignored) live with the vendor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_ehr.search_values import Range, elements, fold, moment_range, ranges, reference_forms, texts, token_forms
from mock_ehr.store import Record

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
UNIMPLEMENTED_PREFIXES = ("ap",)


class InvalidValueError(ValueError):
    """A search value of the wrong form."""


class UnimplementedError(Exception):
    """A part of FHIR search that the mock does not offer; the message names it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter: its name, its FHIR search type and the element paths that it looks at."""

    name: str
    type: str  # token, date, reference, string, id
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One `name=value` of a query: a record matches when any of the comma-separated alternatives does.

    Tokens, references and ids are compared as texts (`alternatives`), dates and strings by `tests`.
    """

    parameter: Parameter
    alternatives: frozenset[str]
    tests: tuple[Callable[[Any], bool], ...] = ()

    def matches(self, record: Record) -> bool:
        """Return whether `record` fits."""
        found = values_of(record, self.parameter)
        if not self.tests:
            return not self.alternatives.isdisjoint(found)
        return any(test(value) for value in found for test in self.tests)

    def select(self, records: Iterable[Record]) -> list[Record]:
        """Return the records that fit."""
        if self.tests:
            return [record for record in records if self.matches(record)]
        name, unfit = self.parameter.name, self.alternatives.isdisjoint
        return [
            record
            for record in records
            if not unfit(record.values[name] if name in record.values else values_of(record, self.parameter))
        ]


def parameter(name: str, kind: str, *paths: str) -> tuple[str, Parameter]:
    """Return a table row for `Parameter`."""
    return name, Parameter(name, kind, paths)


PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    "Patient": dict([
        parameter("_id", "id", "id"),
        parameter("identifier", "token", "identifier"),
        parameter("family", "string", "name.family"),
        parameter("given", "string", "name.given"),
        parameter("name", "string", "name.family", "name.given"),
        parameter("birthdate", "date", "birthDate"),
        parameter("gender", "token", "gender"),
        parameter("telecom", "token", "telecom"),
        parameter("address-postalcode", "string", "address.postalCode"),
    ]),
    "Encounter": dict([
        parameter("_id", "id", "id"),
        parameter("patient", "reference", "subject"),
        parameter("subject", "reference", "subject"),
        parameter("class", "token", "class"),
        parameter("status", "token", "status"),
        parameter("date", "date", "period"),
        parameter("identifier", "token", "identifier"),
    ]),
    "Condition": dict([
        parameter("_id", "id", "id"),
        parameter("patient", "reference", "subject"),
        parameter("subject", "reference", "subject"),
        parameter("category", "token", "category"),
        parameter("clinical-status", "token", "clinicalStatus"),
        parameter("code", "token", "code"),
        parameter("onset-date", "date", "onsetDateTime", "onsetPeriod"),
        parameter("recorded-date", "date", "recordedDate"),
        parameter("encounter", "reference", "encounter"),
    ]),
    "Observation": dict([
        parameter("_id", "id", "id"),
        parameter("patient", "reference", "subject"),
        parameter("subject", "reference", "subject"),
        parameter("category", "token", "category"),
        parameter("code", "token", "code"),
        parameter("status", "token", "status"),
        parameter("date", "date", "effectiveDateTime", "effectivePeriod", "effectiveInstant"),
        parameter("encounter", "reference", "encounter"),
    ]),
    "MedicationRequest": dict([
        parameter("_id", "id", "id"),
        parameter("patient", "reference", "subject"),
        parameter("subject", "reference", "subject"),
        parameter("category", "token", "category"),
        parameter("status", "token", "status"),
        parameter("intent", "token", "intent"),
        parameter("authoredon", "date", "authoredOn"),
        parameter("encounter", "reference", "encounter"),
    ]),
    "AllergyIntolerance": dict([
        parameter("_id", "id", "id"),
        parameter("patient", "reference", "patient"),
        parameter("clinical-status", "token", "clinicalStatus"),
        parameter("category", "token", "category"),
        parameter("code", "token", "code"),
    ]),
    "Appointment": dict([
        parameter("_id", "id", "id"),
        parameter("patient", "reference", "participant.actor"),
        parameter("identifier", "token", "identifier"),
        parameter("status", "token", "status"),
        parameter("date", "date", "start"),
    ]),
}  # fmt: skip

EXTRACT: Mapping[str, Callable[[Any], Any]] = {
    "token": token_forms,
    "date": ranges,
    "reference": reference_forms,
    "string": texts,
    "id": lambda value: (value,),
}


def values_of(record: Record, wanted: Parameter) -> tuple[Any, ...]:
    """Return the record's values for one parameter, kept on the record after the first time."""
    found = record.values.get(wanted.name)
    if found is None:
        body = record.body()
        found = tuple(
            value
            for path in wanted.paths
            for element in elements(body, path)
            for value in EXTRACT[wanted.type](element)
        )
        record.values[wanted.name] = found
    return found


def criterion(wanted: Parameter, text: str) -> Criterion:
    """Return the criterion for `wanted`=`text`. Raises InvalidValueError and UnimplementedError."""
    alternatives = tuple(part for part in split_commas(text) if part)
    if not alternatives:
        raise InvalidValueError(f"{wanted.name} has no value")
    make_test = TESTS.get(wanted.type)
    tests = tuple(make_test(part) for part in alternatives) if make_test else ()
    return Criterion(wanted, frozenset(alternatives), tests)


def split_commas(text: str) -> list[str]:
    """Split at commas that are not escaped by a backslash (search.html#escaping)."""
    if "\\" not in text:
        return text.split(",")
    parts, current, escaped = [], "", False
    for char in text:
        if escaped or char not in "\\,":
            current, escaped = current + char, False
        elif char == "\\":
            escaped = True
        else:
            parts.append(current)
            current = ""
    return [*parts, current]


def string_test(text: str) -> Callable[[Any], bool]:
    """Return the test of string search: starts with, without case and accents."""
    wanted = fold(text)
    return lambda value: bool(value.startswith(wanted))


def date_test(text: str) -> Callable[[Any], bool]:
    """Return the test for a date with an optional prefix (search.html#prefix).

    Raises InvalidValueError and UnimplementedError.
    """
    prefix, value = (text[:2], text[2:]) if text[:2].isalpha() else ("eq", text)
    if prefix in UNIMPLEMENTED_PREFIXES:
        raise UnimplementedError(f"the date prefix {prefix}")
    if prefix not in PREFIXES:
        raise InvalidValueError(f"{text!r} has no valid prefix; valid: {', '.join(PREFIXES)}")
    try:
        wanted = moment_range(value)
    except ValueError as error:
        raise InvalidValueError(str(error)) from error
    return lambda found: compare(prefix, wanted, found)


def compare(prefix: str, wanted: Range, found: Range) -> bool:
    """Return whether the range `found` fits `prefix` and the range `wanted`."""
    equal = wanted[0] <= found[0] and found[1] <= wanted[1]
    below, above = found[0] < wanted[0], found[1] > wanted[1]
    return {
        "eq": equal,
        "ne": not equal,
        "lt": below,
        "gt": above,
        "le": below or equal,
        "ge": above or equal,
        "sa": found[0] >= wanted[1],
        "eb": found[1] <= wanted[0],
    }[prefix]


TESTS: Mapping[str, Callable[[str], Callable[[Any], bool]]] = {
    "date": date_test,
    "string": string_test,
}
