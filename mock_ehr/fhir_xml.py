"""FHIR JSON to FHIR XML (hl7.org/fhir/R4/json.html and xml.html), general: no knowledge of resource types.

Elements come out in the order in which the JSON has them; FHIR prescribes the order in XML, so feed it JSON
in that order.
"""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import Any
from xml.sax.saxutils import quoteattr

NAMESPACE = "http://hl7.org/fhir"
ATTRIBUTES = ("id", "url")  # of elements: id always, url of extensions only


class Literal(str):
    """A number exactly as it was written."""

    __slots__ = ()


def to_xml(data: bytes) -> bytes:
    """Return the resource in `data` (FHIR JSON) as an XML document.

    Raises ValueError when it is no resource.
    """
    body = json.loads(data, parse_float=Literal, parse_int=Literal)
    if not isinstance(body, dict) or "resourceType" not in body:
        raise ValueError("not a FHIR resource")
    return ('<?xml version="1.0" encoding="UTF-8"?>' + resource_xml(body, NAMESPACE)).encode()


def resource_xml(body: dict[str, Any], namespace: str = "") -> str:
    """Return one resource as an element named after its type."""
    name = body["resourceType"]
    inside = children({key: value for key, value in body.items() if key != "resourceType"}, is_resource=True)
    declared = f' xmlns="{namespace}"' if namespace else ""
    return f"<{name}{declared}>{inside}</{name}>"


def children(body: dict[str, Any], *, is_resource: bool) -> str:
    """Return the child elements in order; `_name` carries id and extensions of the primitive `name`."""
    parts = []
    for key, value in body.items():
        if key.startswith("_"):
            if key[1:] not in body:
                parts.append(property_xml(key[1:], None, value))
        elif is_resource or key not in ATTRIBUTES or not is_attribute(key, body):
            parts.append(property_xml(key, value, body.get(f"_{key}")))
    return "".join(parts)


def is_attribute(key: str, body: dict[str, Any]) -> bool:
    """Return whether `key` of an element is an XML attribute: `id`, and `url` of an extension."""
    if key == "id":
        return True
    return any(name.startswith("value") or name == "extension" for name in body)


def property_xml(name: str, value: Any, extra: Any) -> str:
    """Return all elements of one property: lists repeat the element, primitives have a value attribute."""
    if isinstance(value, list) or isinstance(extra, list):
        pairs = zip_longest(value or [], extra or [])
        return "".join(element(name, item, more) for item, more in pairs)
    return element(name, value, extra)


def element(name: str, value: Any, extra: Any) -> str:
    """Return one element."""
    if isinstance(value, dict):
        if "resourceType" in value:
            return f"<{name}>{resource_xml(value)}</{name}>"
        return f"<{name}{attributes(value)}>{children(value, is_resource=False)}</{name}>"
    if name == "div" and isinstance(value, str):
        return value
    shown = "" if value is None else f" value={quoteattr(primitive(value))}"
    if not isinstance(extra, dict):
        return f"<{name}{shown}/>"
    return f"<{name}{attributes(extra)}{shown}>{children(extra, is_resource=False)}</{name}>"


def attributes(value: dict[str, Any]) -> str:
    """Return the XML attributes of an element."""
    return "".join(
        f" {key}={quoteattr(str(value[key]))}" for key in ATTRIBUTES if key in value and is_attribute(key, value)
    )


def primitive(value: Any) -> str:
    """Return a primitive as XML text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape_controls(str(value))


def escape_controls(text: str) -> str:
    """Return `text` without characters that XML 1.0 cannot hold; quoting is left to the caller."""
    return "".join(char for char in text if char in "\t\n\r" or ord(char) >= 32)
