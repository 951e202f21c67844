"""From the EHR's dress to canonical FHIR: vendor extensions, internal identifiers, local class codes, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference_gateway.ehr_failures import payload_refusal
from reference_gateway.json_text import Json

VENDOR_EXTENSIONS = "http://open.epic.com/FHIR/StructureDefinition/extension/"
VENDOR_CLASSES = "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260"
ACT_CODES = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CLASSES: Mapping[str, tuple[str, str]] = {
    "3": ("EMER", "emergency"),
    "4": ("IMP", "inpatient encounter"),
    "5": ("AMB", "ambulatory"),
    "13": ("VR", "virtual"),
}


class Canonical:
    """Makes resources of the EHR canonical, in place."""

    def __init__(self, ehr_base_url: str, source: str) -> None:
        self._ehr_base = ehr_base_url + "/"
        self._source = source

    def undress(self, resource: Json) -> Json:
        """Return the resource without vendor dress. Raises Refusal 502 for a code that has no meaning outside."""
        self.clean(resource)
        self.name_source(resource)
        if "identifier" in resource and resource["resourceType"] == "Patient":
            self.drop_internal_identifiers(resource)
        if resource["resourceType"] == "Encounter":
            self.map_classes(resource)
        return resource

    def name_source(self, resource: Json) -> None:
        """Say which system the record comes from (http://hl7.org/fhir/R4/resource.html#Meta), unless it says so."""
        meta = resource.setdefault("meta", {})
        meta.setdefault("source", self._source)

    def clean(self, value: Any) -> None:
        """Drop vendor extensions and make references relative, everywhere below `value`."""
        if isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    self.clean_object(item)
        elif isinstance(value, dict):
            self.clean_object(value)

    def clean_object(self, value: Json) -> None:
        """Clean one object and everything below it."""
        for name in ("extension", "modifierExtension"):
            if name in value:
                self.keep_standard_extensions(value, name)
        if isinstance(value.get("reference"), str):
            value["reference"] = self.relative(value["reference"])
        for child in value.values():
            self.clean(child)
        for name in [name for name, child in value.items() if name[0] == "_" and not child]:
            del value[name]

    def keep_standard_extensions(self, value: Json, name: str) -> None:
        """Drop the vendor's own extensions from value[name]."""
        kept = [item for item in value[name] if not item["url"].startswith(VENDOR_EXTENSIONS)]
        if kept:
            value[name] = kept
        else:
            del value[name]

    def drop_internal_identifiers(self, patient: Json) -> None:
        """Drop identifiers of type INTERNAL: padded with spaces and without meaning outside the EHR."""
        kept = [item for item in patient["identifier"] if item.get("type", {}).get("text") != "INTERNAL"]
        if not kept:
            raise payload_refusal("a patient has internal identifiers only")
        patient["identifier"] = kept

    def map_classes(self, encounter: Json) -> None:
        """Map the vendor's encounter classes to v3-ActCode."""
        encounter["class"] = self.standard_class(encounter["class"])
        for entry in encounter.get("classHistory", []):
            entry["class"] = self.standard_class(entry["class"])

    def standard_class(self, coding: Json) -> Json:
        """Return the v3-ActCode coding of a class. Raises Refusal 502 for a class that is not in the table."""
        if coding.get("system") != VENDOR_CLASSES:
            return coding
        if coding.get("code") not in _CLASSES:
            raise payload_refusal("an encounter class is not in the mapping table")
        code, display = _CLASSES[coding["code"]]
        return {"system": ACT_CODES, "code": code, "display": display}

    def relative(self, reference: str) -> str:
        """Return a reference without the EHR's address. Raises Refusal 502 for a reference to elsewhere."""
        relative = reference.removeprefix(self._ehr_base)
        if "://" in relative:
            raise payload_refusal("a reference leads out of the EHR")
        return relative
