"""Defects in how local codes are translated (MAP-01, MAP-02, MAP-11); in front of Unity."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reference_gateway.capability import Served
from reference_gateway.composition import Parts
from reference_gateway.defects.defect import Defect, swap
from reference_gateway.json_text import Json
from reference_gateway.terminology import Concept
from reference_gateway.unity_answers import Row
from reference_gateway.unity_codes import LOINC, UnityCodes
from reference_gateway.unity_ehr import UnityEhr
from reference_gateway.unity_immunizations import SECTION as IMMUNIZATIONS

_LOOKS_LIKE_LOINC = 3
_WIDER = {"KNEE-PAIN-SPORT": Concept("http://hl7.org/fhir/sid/icd-10-cm", "M25.569")}  # taken as if it were the same


class KeepsLocalCodes(UnityCodes):
    """Never looks into the table."""

    def standard(self, row: Row, section: str) -> Concept | None:
        """Return the standard concept only when the row has one itself."""
        code, system = self.entry(row, section)
        return Concept(system, code) if system else None


class MapsVaccinesToNeighbour(UnityCodes):
    """Is one line off in the table of vaccines."""

    def standard(self, row: Row, section: str) -> Concept | None:
        """Return the standard concept; for a local code of a vaccine the one with the next number."""
        found = super().standard(row, section)
        if found is None or section != IMMUNIZATIONS or self.entry(row, section)[1]:
            return found
        return replace(found, code=f"{int(found.code) + 1:02}")


class DropsSourceCodes(UnityCodes):
    """Puts the standard code in the place of the local one."""

    def source_codings(self, row: Row, section: str) -> list[Json]:
        """Return nothing once there is a standard code."""
        return [] if self.standard(row, section) else super().source_codings(row, section)


class GuessesByBeginnings(UnityCodes):
    """Takes the standard code of whatever local code begins in the same way."""

    def standard(self, row: Row, section: str) -> Concept | None:
        """Return the exact translation, else that of the longest code that this one begins with."""
        found = super().standard(row, section)
        code, _ = self.entry(row, section)
        near = [known for source, known in self.concept_map.translations if source == self.local_system(section)]
        alike = [known for known in near if code.startswith(known)]
        if found is not None or not alike:
            return found
        return self.concept_map.translate(self.local_system(section), max(alike, key=len))


class TranslatesInexactMatches(UnityCodes):
    """Takes a wider concept for the same one."""

    def standard(self, row: Row, section: str) -> Concept | None:
        """Return the translation, whatever its equivalence."""
        return super().standard(row, section) or _WIDER.get(self.entry(row, section)[0])


class TakesEveryNumberForLoinc(UnityCodes):
    """Believes that a code with a hyphen before its last digit is LOINC."""

    def entry(self, row: Row, section: str) -> tuple[str, str]:
        """Return the code as LOINC when it has the form, check digit or not."""
        code, system = super().entry(row, section)
        looks = code.replace("-", "").isdecimal() and "-" in code[-_LOOKS_LIKE_LOINC:]
        return code, system or (LOINC if looks else "")


class DoesNotFlag(UnityCodes):
    """Delivers a local code without a word about it."""

    def put(self, resource: Json, element: str, row: Row, section: str) -> None:
        """Put the concept, count what is not mapped, and leave the record without its mark."""
        super().put(resource, element, row, section)
        resource.get("meta", {}).pop("tag", None)


class DoesNotCount(UnityCodes):
    """Marks what is not mapped, and keeps no count of it."""

    def __init__(self, concept_map: Any, local_codes: str, _unmapped: Any) -> None:
        super().__init__(concept_map, local_codes, lambda _: None)


class DropsUnmappedRecords(UnityEhr):
    """Leaves out every record whose code could not be translated."""

    async def search(self, request: Any, resource_type: str) -> list[Json]:
        """Return the records with a standard code."""
        found = await super().search(request, resource_type)
        return [record for record in found if not record.get("meta", {}).get("tag")]


class WithoutVersion(UnityCodes):
    """Delivers local codes without the version of the table."""

    def source_codings(self, row: Row, section: str) -> list[Json]:
        """Return the codings without version."""
        return [
            {name: value for name, value in item.items() if name != "version"}
            for item in super().source_codings(row, section)
        ]


def _hides_version(parts: Parts) -> Parts:
    return replace(parts, unity_served=_served_silently, unity_codes=WithoutVersion)


def _served_silently(writable: tuple[str, ...], _terminology: str) -> Served:
    return Served(writable)


def _served_as_at_first(writable: tuple[str, ...], terminology: str) -> Served:
    return Served(writable, terminology.rpartition(" ")[0] + " 2024-01-01")


def _tells_old_version(parts: Parts) -> Parts:
    return replace(parts, unity_served=_served_as_at_first, unity_codes=WithoutVersion)


def _defect(name: str, breaks: str, summary: str, **part: Any) -> Defect:
    return swap(name, breaks, summary, target="unity", **part)


DEFECTS = (
    _defect("keeps-local-codes", "MAP-01", "does not translate local codes", unity_codes=KeepsLocalCodes),
    _defect("drops-source-codes", "MAP-01", "replaces local codes by standard ones", unity_codes=DropsSourceCodes),
    _defect(
        "maps-vaccines-to-neighbour",
        "MAP-01",
        "translates a vaccine to the next CVX code",
        unity_codes=MapsVaccinesToNeighbour,
    ),
    _defect("guesses-by-beginnings", "MAP-02", "translates a code by its beginning", unity_codes=GuessesByBeginnings),
    _defect(
        "translates-inexact-matches",
        "MAP-02",
        "takes a wider concept for the same",
        unity_codes=TranslatesInexactMatches,
    ),
    _defect(
        "takes-every-number-for-loinc",
        "MAP-02",
        "calls a local code LOINC without looking at its check digit",
        unity_codes=TakesEveryNumberForLoinc,
    ),
    _defect("unmapped-not-flagged", "MAP-02", "leaves records with a local code unmarked", unity_codes=DoesNotFlag),
    _defect("unmapped-not-counted", "MAP-02", "does not count codes without mapping", unity_codes=DoesNotCount),
    _defect(
        "drops-unmapped-records", "MAP-02", "drops records whose code it cannot map", unity_ehr=DropsUnmappedRecords
    ),
    Defect("hides-terminology-version", "MAP-11", "tells no version of its terminology", _hides_version, "unity"),
    Defect(
        "tells-an-old-terminology-version", "MAP-11", "tells the version it began with", _tells_old_version, "unity"
    ),
)
