"""Checks the structure of a resource against R4: names, types, cardinality, formats, required codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from reference_gateway.json_text import Json
from reference_gateway.r4.backbones import BACKBONES
from reference_gateway.r4.datatypes import DATATYPES
from reference_gateway.r4.resources import EXPECTED, RESOURCES, RESULT_ELEMENTS, RESULT_STATUSES

_DAY = r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE = r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_FULL_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "code": re.compile(r"[^\s]+( [^\s]+)*"),
    "id": re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII),
    "uri": re.compile(r"\S+"),
    "date": re.compile(_DAY, re.ASCII),
    "dateTime": re.compile(rf"{_DAY}|{_FULL_DAY}T{_CLOCK}{_ZONE}", re.ASCII),
    "instant": re.compile(rf"{_FULL_DAY}T{_CLOCK}{_ZONE}", re.ASCII),
    "time": re.compile(_CLOCK, re.ASCII),
    "base64Binary": re.compile(r"[\s0-9a-zA-Z+/=]+", re.ASCII),
    "string": re.compile(r"[\s\S]*\S[\s\S]*"),
}
_LIKE = {
    "canonical": "uri",
    "url": "uri",
    "oid": "uri",
    "uuid": "uri",
    "markdown": "string",
    "xhtml": "string",
}
_SMALLEST_INTEGER = {"integer": -(2**31), "unsignedInt": 0, "positiveInt": 1}


@dataclass(frozen=True)
class Element:
    """One element that may appear: its type, whether it repeats, and the codes allowed (empty: any)."""

    type: str
    many: bool
    codes: frozenset[str]
    choice: str  # the element's name without its type, which at most one property may carry


@dataclass(frozen=True)
class Shape:
    """Elements by JSON property, and the elements of which one property has to be there."""

    elements: Mapping[str, Element]
    required: tuple[str, ...]


def problems(resource: Json, resource_type: str) -> list[str]:
    """Return what is wrong with a resource as "path: message", [] when nothing is.

    Messages never quote values. The properties that `EXPECTED` names count as required.
    """
    if resource.get("resourceType") != resource_type:
        return [f"resourceType: is not {resource_type}"]
    found = list(_object(resource, resource_type, resource_type))
    groups = EXPECTED[resource_type]
    if resource_type == "Observation" and resource.get("status") in RESULT_STATUSES:
        groups = (*groups, RESULT_ELEMENTS)
    for group in groups:
        if not any(name.startswith(group) for name in resource):
            found.append(f"{resource_type}: has no {' or '.join(group)}")
    return found


@cache
def _shape(name: str) -> Shape:
    table = dict(RESOURCES.get(name) or BACKBONES.get(name) or DATATYPES[name])
    table["id"] = "string ?"
    table["extension"] = "Extension *"
    if name in RESOURCES or name in BACKBONES or name in ("Timing", "Dosage", "Dosage.doseAndRate"):
        table["modifierExtension"] = "Extension *"
    if name in RESOURCES:
        table |= {"id": "id ?", "meta": "Meta ?", "implicitRules": "uri ?", "language": "code ?", "text": "Narrative ?"}
    elements: dict[str, Element] = {}
    required: list[str] = []
    for element, text in table.items():
        definition, _, codes = text.partition(" = ")
        types, _, cardinality = definition.partition(" ")
        plain = element.removesuffix("[x]")
        if cardinality in "1+":
            required.append(plain)
        for kind in types.split("|"):
            name_in_json = plain + kind[0].upper() + kind[1:] if element != plain else plain
            allowed = frozenset(codes.split("|")) if codes else frozenset()
            elements[name_in_json] = Element(kind, cardinality in "*+", allowed, plain)
    return Shape(elements, tuple(required))


def _object(value: Any, name: str, path: str) -> Iterator[str]:
    if not isinstance(value, dict) or not value:
        yield f"{path}: is not an object with content"
        return
    shape = _shape(name)
    present: set[str] = set()
    yield from _properties(value, name, path, present)
    for required in shape.required:
        if required not in present:
            yield f"{path}.{required}: is missing"


def _properties(value: Json, name: str, path: str, present: set[str]) -> Iterator[str]:
    """Check each property; `present` collects the elements that are there."""
    shape = _shape(name)
    for key, child in value.items():
        element = shape.elements.get(key)
        if element is not None:
            if element.choice in present:
                yield f"{path}.{element.choice}: is given twice"
            present.add(element.choice)
            yield from _element(child, element, f"{path}.{key}")
        elif key.startswith("_") and key[1:] in shape.elements:
            present.add(shape.elements[key[1:]].choice)
            yield from _extensions(child, f"{path}.{key}")
        elif not (key == "resourceType" and name in RESOURCES):
            yield f"{path}: has an element that {name} does not have"


def _element(value: Any, element: Element, path: str) -> Iterator[str]:
    if not element.many:
        yield from _one(value, element, path)
    elif not isinstance(value, list) or not value:
        yield f"{path}: is not a list with content"
    else:
        for index, item in enumerate(value):
            if item is not None:  # null keeps the place of a value that only has an extension
                yield from _one(item, element, f"{path}[{index}]")


def _one(value: Any, element: Element, path: str) -> Iterator[str]:
    if element.type[0].isupper():
        yield from _object(value, element.type, path)
    elif not _primitive(element.type)(value):
        yield f"{path}: is not a {element.type}"
    elif element.codes and value not in element.codes:
        yield f"{path}: is not a code of its required value set"


def _extensions(value: Any, path: str) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if item is None:
            continue
        if not isinstance(item, dict) or not item.keys() <= {"id", "extension"}:
            yield f"{path}: is not an element with extensions"
        elif "extension" in item:
            yield from _element(item["extension"], _EXTENSION, f"{path}.extension")


_EXTENSION = Element("Extension", True, frozenset(), "extension")


@cache
def _primitive(kind: str) -> Callable[[Any], bool]:
    if kind == "boolean":
        return lambda value: isinstance(value, bool)
    if kind == "decimal":
        return lambda value: isinstance(value, int | Decimal | float) and not isinstance(value, bool)
    if kind in _SMALLEST_INTEGER:
        smallest = _SMALLEST_INTEGER[kind]
        return lambda value: type(value) is int and smallest <= value < 2**31
    pattern = _PATTERNS[_LIKE.get(kind, kind)]
    if kind in ("date", "dateTime", "instant"):
        return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value)) and _real_day(value)
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def _real_day(value: str) -> bool:
    if len(value) < 10:
        return value[:4] != "0000"
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True
