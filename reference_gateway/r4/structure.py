"""Checks the structure of a resource against R4: names, types, cardinality, formats, required codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from reference_gateway.json_text import Json
from reference_gateway.r4.backbones import BACKBONES
from reference_gateway.r4.datatypes import DATATYPES
from reference_gateway.r4.primitives import primitive
from reference_gateway.r4.resources import EXPECTED, RESOURCES, RESULT_ELEMENTS, RESULT_STATUSES

_MODIFIABLE = ("Timing", "Dosage", "Dosage.doseAndRate")
_OF_RESOURCES = {
    "id": "id ?",
    "meta": "Meta ?",
    "implicitRules": "uri ?",
    "language": "code ?",
    "text": "Narrative ?",
}

Path = tuple[Any, ...]  # (path of the parent, name or index): made into text only where something is wrong
Found = list[tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class Element:
    """One element that may appear. `test` is None for a complex type; empty `codes` allow any code."""

    type: str
    test: Callable[[Any], bool] | None
    many: bool
    codes: frozenset[str]
    choice: str  # the element's name without its type, which at most one property may carry


@dataclass(frozen=True, slots=True)
class Shape:
    """Elements by JSON property, and the elements of which one property has to be there."""

    name: str
    elements: Mapping[str, Element]
    required: tuple[str, ...]


def problems(resource: Json, resource_type: str) -> list[str]:
    """Return what is wrong with a resource as "path: message", [] when nothing is.

    Messages never quote values. The properties that `EXPECTED` names count as required.
    """
    if resource.get("resourceType") != resource_type:
        return [f"resourceType: is not {resource_type}"]
    found: Found = []
    _object(resource, resource_type, (None, resource_type), found)
    groups = EXPECTED[resource_type]
    if resource_type == "Observation" and resource.get("status") in RESULT_STATUSES:
        groups = (*groups, RESULT_ELEMENTS)
    for group in groups:
        if not any(name.startswith(group) for name in resource):
            found.append(((None, resource_type), f"has no {' or '.join(group)}"))
    return [f"{_text(path)}: {message}" for path, message in found]


@cache
def _shape(name: str) -> Shape:
    table = {**(RESOURCES.get(name) or BACKBONES.get(name) or DATATYPES[name]), "id": "string ?"}
    table["extension"] = "Extension *"
    if name in RESOURCES or name in BACKBONES or name in _MODIFIABLE:
        table["modifierExtension"] = "Extension *"
    if name in RESOURCES:
        table |= _OF_RESOURCES
    elements: dict[str, Element] = {}
    required: list[str] = []
    for element, text in table.items():
        definition, _, codes = text.partition(" = ")
        types, _, cardinality = definition.partition(" ")
        plain = element.removesuffix("[x]")
        if cardinality in "1+":
            required.append(plain)
        allowed = frozenset(codes.split("|")) if codes else frozenset()
        for kind in types.split("|"):
            in_json = plain + kind[0].upper() + kind[1:] if element != plain else plain
            test = None if kind[0].isupper() else primitive(kind)
            elements[in_json] = Element(kind, test, cardinality in "*+", allowed, plain)
    return Shape(name, elements, tuple(required))


def _object(value: Any, name: str, path: Path, found: Found) -> None:
    if not isinstance(value, dict) or not value:
        found.append((path, "is not an object with content"))
        return
    shape = _shape(name)
    given: list[str] = []
    for key, child in value.items():
        element = shape.elements.get(key)
        if element is None:
            _other_property(key, child, shape, path, found)
            continue
        if element.choice in given:
            found.append(((path, element.choice), "is given twice"))
        given.append(element.choice)
        _element(child, element, (path, key), found)
    for required in shape.required:
        if required not in given and not _given_by_extension(required, value, shape):
            found.append(((path, required), "is missing"))


def _other_property(key: str, child: Any, shape: Shape, path: Path, found: Found) -> None:
    """Judge a property that is no element: the extensions of a primitive, the resource type, or a stranger."""
    element = shape.elements.get(key[1:]) if key.startswith("_") else None
    if element is not None and element.test is not None:
        _extensions(child, (path, key), found)
    elif key != "resourceType" or shape.name not in RESOURCES:
        found.append((path, f"has an element that {shape.name} does not have"))


def _given_by_extension(required: str, value: Json, shape: Shape) -> bool:
    """Tell whether a required primitive has extensions in place of a value."""
    return any(
        key.startswith("_") and (element := shape.elements.get(key[1:])) is not None and element.choice == required
        for key in value
    )


def _element(value: Any, element: Element, path: Path, found: Found) -> None:
    if not element.many:
        _one(value, element, path, found)
    elif not isinstance(value, list) or not value:
        found.append((path, "is not a list with content"))
    else:
        for index, item in enumerate(value):
            if item is not None or element.test is None:  # null keeps the place of a primitive with extensions only
                _one(item, element, (path, index), found)


def _one(value: Any, element: Element, path: Path, found: Found) -> None:
    if element.test is None:
        _object(value, element.type, path, found)
    elif not element.test(value):
        found.append((path, f"is not a {element.type}"))
    elif element.codes and value not in element.codes:
        found.append((path, "is not a code of its required value set"))


def _extensions(value: Any, path: Path, found: Found) -> None:
    for item in value if isinstance(value, list) else [value]:
        if item is None:
            continue
        if not isinstance(item, dict) or not item.keys() <= {"id", "extension"}:
            found.append((path, "is not an element with extensions"))
        elif "extension" in item:
            _element(item["extension"], _EXTENSION, (path, "extension"), found)


_EXTENSION = Element("Extension", None, True, frozenset(), "extension")


def _text(path: Path) -> str:
    parent, step = path
    if parent is None:
        return str(step)
    return f"{_text(parent)}[{step}]" if isinstance(step, int) else f"{_text(parent)}.{step}"
