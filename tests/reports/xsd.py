"""A validator for the part of XML Schema that junit.xsd uses: content models, attributes and simple types."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

XS = "{http://www.w3.org/2001/XMLSchema}"
SIMPLE = {
    "xs:string": str,
    "xs:nonNegativeInteger": lambda text: int(re.fullmatch(r"\d+", text)[0]),
    "xs:decimal": lambda text: Decimal(re.fullmatch(r"[+-]?\d+(\.\d*)?", text)[0]),
    "xs:dateTime": lambda text: datetime.fromisoformat(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text)[0]),
}


def problems(schema: ET.Element, document: ET.Element) -> list[str]:
    """Return what is wrong with `document` by `schema`; an empty list means valid."""
    declared = {item.get("name"): item for item in schema.findall(f"{XS}element")}
    types = {item.get("name"): item for item in schema.findall(f"{XS}complexType")}
    if document.tag not in declared:
        return [f"root <{document.tag}> is not declared"]
    found: list[str] = []
    for element in document.iter():
        declaration = declared.get(element.tag)
        if declaration is not None:
            found += _element(declaration, types, element)
    return found


def _element(declaration: ET.Element, types: dict[str | None, ET.Element], element: ET.Element) -> list[str]:
    name = declaration.get("type", "")
    if name in SIMPLE:
        return [f"<{element.tag}> has children or attributes"] if len(element) or element.attrib else []
    kind = types[name] if name else declaration.find(f"{XS}complexType")
    model = next((_pattern(child) for child in kind if child.tag in (f"{XS}sequence", f"{XS}choice")), "")
    children = "".join(f"<{child.tag}>" for child in element)
    found = [] if re.fullmatch(model, children) else [f"<{element.tag}> has {children[:200]}, allowed is {model}"]
    texts = [element.text, *(child.tail for child in element)]
    if kind.get("mixed") != "true" and any(text and text.strip() for text in texts):
        found.append(f"<{element.tag}> has text")
    return found + _attributes(kind, element)


def _pattern(part: ET.Element) -> str:
    if part.tag == f"{XS}element":
        inner = re.escape(f"<{part.get('ref')}>")
    else:
        inner = ("|" if part.tag == f"{XS}choice" else "").join(_pattern(child) for child in part)
    low, high = part.get("minOccurs", "1"), part.get("maxOccurs", "1")
    return f"(?:{inner}){{{low},{'' if high == 'unbounded' else high}}}"


def _attributes(kind: ET.Element, element: ET.Element) -> list[str]:
    allowed = {item.get("name"): item for item in kind.findall(f"{XS}attribute")}
    found = [f"<{element.tag}> has attribute {name}" for name in element.attrib if name not in allowed]
    for name, item in allowed.items():
        value = element.get(str(name))
        if value is None:
            found += [f"<{element.tag}> lacks {name}"] if item.get("use") == "required" else []
            continue
        try:
            SIMPLE[item.get("type", "")](value)
        except (TypeError, ValueError):
            found.append(f"<{element.tag}> {name}={value!r} is no {item.get('type')}")
    return found
