"""A chart in the dress of Epic's R4 API, and out of it: nothing of its meaning changes.

Seen in public answers of Epic's sandboxes: identifiers of type INTERNAL padded with blanks, extensions of its own,
classes of encounters in a system of its own, local codings beside LOINC.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from synthetic.metamorphic.reading import Json

EXTENSION = "http://open.epic.com/FHIR/StructureDefinition/extension/"
CLASS_SYSTEM = "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
LOCAL_CODINGS = ("urn:oid:1.2.840.114350.1.13.0.1.7.2.707679", "urn:oid:1.2.840.114350.1.13.0.1.7.2.768282")
_INTERNAL_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.2.698084"
CLASSES: Mapping[str, str] = MappingProxyType({"EMER": "3", "IMP": "4", "AMB": "5", "VR": "13"})
_ACT_CODES = {epic: code for code, epic in CLASSES.items()}


def dress(resource: Json) -> Json:
    """A resource as Epic shows it. The original stays as it is."""
    kind = resource["resourceType"]
    if kind == "Patient":
        internal = {"use": "usual", "type": {"text": "INTERNAL"}, "system": _INTERNAL_SYSTEM, "value": "     Z6128"}
        sex = {"url": EXTENSION + "legal-sex", "valueCodeableConcept": {"text": resource.get("gender", "unknown")}}
        return resource | {
            "identifier": [internal, *resource.get("identifier", ())],
            "extension": [*resource.get("extension", ()), sex],
        }
    if kind == "Encounter" and resource["class"].get("code") in CLASSES:
        return resource | {"class": {"system": CLASS_SYSTEM, "code": CLASSES[resource["class"]["code"]]}}
    if kind == "Observation" and "coding" in resource["code"]:
        number = resource["code"]["coding"][0]["code"].replace("-", "")
        coding = [*resource["code"]["coding"], {"system": LOCAL_CODINGS[1], "code": number}]
        return resource | {"code": resource["code"] | {"coding": coding}}
    return resource


def undress(resource: Json) -> Json:
    """A resource without what Epic adds, classes in v3-ActCode. The original stays as it is."""
    plain: Json = undressed(resource)
    if isinstance(plain.get("class"), dict):
        plain["class"] = standard_class(plain["class"])
    return plain


def undressed(value: Any) -> Any:
    """A value without Epic's extensions, internal identifiers and local codings anywhere in it."""
    if isinstance(value, list):
        return [undressed(item) for item in value if not of_epic(item)]
    if not isinstance(value, dict):
        return value
    made = {name: undressed(item) for name, item in value.items()}
    return {name: item for name, item in made.items() if item not in ([], {}) or value[name] == item}


def of_epic(item: Any) -> bool:
    """Whether an item of a list is one that Epic adds."""
    if not isinstance(item, dict):
        return False
    extension = str(item.get("url", "")).startswith(EXTENSION)
    internal = item.get("system") == _INTERNAL_SYSTEM and item.get("type", {}).get("text") == "INTERNAL"
    return extension or internal or (item.get("system") in LOCAL_CODINGS and "code" in item)


def standard_class(coding: Json) -> Json:
    """The v3-ActCode coding of a class, where there is one."""
    if coding.get("system") != CLASS_SYSTEM or coding.get("code") not in _ACT_CODES:
        return coding
    return {"system": ACT_CODE, "code": _ACT_CODES[coding["code"]]}
