"""Codes of Unity's rows: standard ones as they are, local ones by the terminology table, the local code always kept.

A row names a code of its own dictionary (`code`, padded) and may name another one (`entrycode`) with the system glued
on behind a pipe; results have a LOINC code there without one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from reference_gateway.json_text import Json
from reference_gateway.terminology import Concept, ConceptMap
from reference_gateway.unity_answers import Row

LOINC = "http://loinc.org"
SYSTEMS: Mapping[str, str] = {
    "ICD10": "http://hl7.org/fhir/sid/icd-10-cm",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "LOINC": LOINC,
}
MARKS = "urn:gauntlet:gateway:mapping"
UNMAPPED, AMBIGUOUS_TIME = "unmapped-code", "ambiguous-time"
_LOINC_CODE = re.compile(r"\d{1,7}-\d", re.ASCII)


class UnityCodes:
    """Makes CodeableConcepts. `unmapped` is told the type of a record whose code has no mapping."""

    def __init__(self, concept_map: ConceptMap, local_codes: str, unmapped: Callable[[str], None]) -> None:
        self.concept_map = concept_map
        self.local_codes = local_codes
        self.unmapped = unmapped

    def put(self, resource: Json, element: str, row: Row, section: str) -> None:
        """Give a resource the concept of a row; a code without mapping is counted and marked."""
        standard = self.standard(row, section)
        resource[element] = self.concept(row, section, standard)
        if standard is None:
            self.unmapped(resource["resourceType"])
            mark(resource, UNMAPPED)

    def concept(self, row: Row, section: str, standard: Concept | None) -> Json:
        """Return the concept: the standard coding first, then those of the source, and the words."""
        codings = [] if standard is None else [coding(standard)]
        codings += [item for item in self.source_codings(row, section) if item not in codings]
        concept: Json = {"coding": codings} if codings else {}
        if row["description"].strip(" "):
            concept["text"] = row["description"].strip(" ")
        return concept

    def standard(self, row: Row, section: str) -> Concept | None:
        """Return the standard concept, None when neither the row nor the table names one."""
        code, system = self.entry(row, section)
        if system:
            return Concept(system, code)
        return self.concept_map.translate(self.local_system(section), code) if code else None

    def entry(self, row: Row, section: str) -> tuple[str, str]:
        """Return code and standard system of `entrycode`; the system is empty for a local code."""
        code, _, glued = row["entrycode"].strip(" ").rpartition("|")
        if not code:
            return glued, LOINC if section in ("results", "vitals", "history") and is_loinc(glued) else ""
        return code, SYSTEMS.get(glued, "")

    def source_codings(self, row: Row, section: str) -> list[Json]:
        """Return the local codes of a row: the one it was entered with, and that of the dictionary."""
        system, version = self.local_system(section), self.concept_map.version
        code, standard = self.entry(row, section)
        found = [] if standard or not code else [{"system": system, "version": version, "code": code}]
        number = row["code"].strip(" ")
        if number:
            found.append({"system": f"{system}:dictionary", "code": number})
        return found

    def local_system(self, section: str) -> str:
        """Return the system of this site's own codes in a section of the chart."""
        return self.local_codes + section


def coding(concept: Concept) -> Json:
    """Return a concept as a Coding."""
    told = {"system": concept.system, "code": concept.code, "display": concept.display}
    return {name: value for name, value in told.items() if value}


def mark(resource: Json, code: str) -> None:
    """Mark a record, so that its readers know what could not be settled."""
    tags = resource.setdefault("meta", {}).setdefault("tag", [])
    if {"system": MARKS, "code": code} not in tags:
        tags.append({"system": MARKS, "code": code})


def is_loinc(code: str) -> bool:
    """Tell a LOINC code by its form and check digit (Mod 10, LOINC Users' Guide, appendix on check digits)."""
    if not _LOINC_CODE.fullmatch(code):
        return False
    digits, _, check = code.partition("-")
    odd = str(int(digits[::-1][::2]) * 2)
    total = sum(map(int, odd)) + sum(map(int, digits[::-1][1::2]))
    return (10 - total % 10) % 10 == int(check)
