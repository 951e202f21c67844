"""FHIR R4 search: criteria and matching. Which parameters there are is in `mock_ehr.search_parameters`.

Vendor rules (what is required, what is ignored) live with the vendor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_ehr.legible import legible
from mock_ehr.search_parameters import PARAMETERS, Parameter
from mock_ehr.search_values import Range, elements, fold, moment_range, ranges, reference_forms, texts, token_forms
from mock_ehr.store import Record
from synthetic.population import Population

__all__ = [
    "PARAMETERS",
    "Criterion",
    "InvalidValueError",
    "Parameter",
    "UnimplementedError",
    "criterion",
    "split_commas",
]

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
UNIMPLEMENTED_PREFIXES = ("ap",)
WILD = "\0"  # the only value of a record that cannot be read: it fits every search
UNREADABLE = (WILD,)
POPULATION_MADE = moment_range(Population.now)  # when everything was updated that does not tell when it was recorded


class InvalidValueError(ValueError):
    """A search value of the wrong form."""


class UnimplementedError(Exception):
    """A part of FHIR search that the mock does not offer; the message names it."""


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
        if found is UNREADABLE:
            return True
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


EXTRACT: Mapping[str, Callable[[Any], Any]] = {
    "token": token_forms,
    "date": ranges,
    "updated": ranges,
    "reference": reference_forms,
    "string": texts,
    "id": lambda value: (value,),
}


def values_of(record: Record, wanted: Parameter) -> tuple[Any, ...]:
    """Return the record's values for one parameter, kept on the record after the first time."""
    found = record.values.get(wanted.name)
    if found is None:
        body = legible(record.json)
        found = UNREADABLE if body is None else tuple(extracted(body, wanted))
        if not found and wanted.type == "updated":
            found = (POPULATION_MADE,)
        record.values[wanted.name] = found
    return found


def extracted(body: Mapping[str, Any], wanted: Parameter) -> Iterator[Any]:
    """Yield the values of one parameter; what is not of the form that R4 asks for has none."""
    for path in wanted.paths:
        for element in elements(body, path):
            try:
                yield from tuple(EXTRACT[wanted.type](element))
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
                continue


def criterion(wanted: Parameter, text: str) -> Criterion:
    """Return the criterion for `wanted`=`text`. Raises InvalidValueError and UnimplementedError."""
    alternatives = tuple(part for part in split_commas(text) if part)
    if not alternatives:
        raise InvalidValueError(f"{wanted.name} has no value")
    make_test = TESTS.get(wanted.type)
    tests = tuple(make_test(part) for part in alternatives) if make_test else ()
    if wanted.type == "reference":
        alternatives = tuple(relative(part) for part in alternatives)
    return Criterion(wanted, frozenset((*alternatives, WILD)), tests)


def relative(reference: str) -> str:
    """Return an absolute reference as `Type/id`, any other as it is."""
    return "/".join(reference.rsplit("/", 2)[1:]) if "://" in reference else reference


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
    "updated": date_test,
    "string": string_test,
}
