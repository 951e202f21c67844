"""Defects in identifiers, names and addresses (MAP-06, MAP-09)."""

from __future__ import annotations

import unicodedata
from typing import Any

from reference_gateway.defects.defect import Defect, swap
from reference_gateway.ehr_errors import EhrErrors
from reference_gateway.ehr_request import EhrReply
from reference_gateway.json_text import Json
from reference_gateway.refusal import Refusal, unavailable
from reference_gateway.search_match import Filters, MatchFilter
from reference_gateway.unity_answers import Row
from reference_gateway.unity_patients import UnityPatients

_LONGEST = 64
_NAMES = ("Firstname", "middlename", "LastName", "Addressline1")


class DropsIdentifierTypes(UnityPatients):
    """Delivers numbers without saying what kind they are."""

    def identifiers(self, told: Row) -> list[Json]:
        """Return the identifiers without type."""
        return [{name: value for name, value in item.items() if name != "type"} for item in super().identifiers(told)]


class LeavesIdentifiersWithoutSystem(UnityPatients):
    """Delivers the social security number without its system."""

    def identifiers(self, told: Row) -> list[Json]:
        """Return the identifiers; only the MRN has a system."""
        first, *rest = super().identifiers(told)
        return [first, *({name: value for name, value in item.items() if name != "system"} for item in rest)]


class IgnoresIdentifierSystems(MatchFilter):
    """Compares identifiers by their value alone."""

    def fits(self, resource: Json, filters: Filters) -> bool:
        """Tell whether a resource fits, systems left out."""
        bare = [(name, value.rpartition("|")[2] if name == "identifier" else value) for name, value in filters]
        return super().fits(resource, bare)


class MergedIsAnOutage(EhrErrors):
    """Does not know that records are merged."""

    def refusal(self, reply: EhrReply) -> Refusal:
        """Return 503 for a merged record, so that apps ask again and again."""
        if "4107" in self.codes(reply):
            return unavailable("the EHR is not available; try again later", 2, reason="ehr-error")
        return super().refusal(reply)


class _Respells(UnityPatients):
    """Spells names and streets in another way."""

    def told(self, row: Row) -> Row:
        """Return the row with other names."""
        told = super().told(row)
        return {**told, **{column: self.spelt(told[column]) for column in _NAMES}}

    def spelt(self, text: str) -> str:
        """Return a name as it is delivered."""
        return text


class NormalisesNames(_Respells):
    """Composes accents."""

    def spelt(self, text: str) -> str:
        """Return the name in NFC."""
        return unicodedata.normalize("NFC", text)


class WritesNamesInAscii(_Respells):
    """Knows ASCII."""

    def spelt(self, text: str) -> str:
        """Return the name with question marks."""
        return text.encode("ascii", "replace").decode()


class SplitsNamesAtApostrophes(_Respells):
    """Takes an apostrophe for the end of a text."""

    def spelt(self, text: str) -> str:
        """Return what stands before the first apostrophe."""
        return text.partition("'")[0]


class CutsLongNames(_Respells):
    """Has a column of 64 characters."""

    def spelt(self, text: str) -> str:
        """Return the beginning of a name."""
        return text[:_LONGEST]


class InventsFamilyNames(UnityPatients):
    """Cannot imagine a single name."""

    def name(self, told: Row) -> Json:
        """Return the name with a family name, whatever it takes."""
        return {"family": told["Firstname"], **super().name(told)}


def _defect(name: str, breaks: str, summary: str, part: type[UnityPatients]) -> Defect:
    return swap(name, breaks, summary, target="unity", unity_patients=part)


_MATCHING: dict[str, Any] = {"target": "unity", "matching": IgnoresIdentifierSystems}
DEFECTS = (
    _defect("drops-identifier-types", "MAP-06", "delivers identifiers without type", DropsIdentifierTypes),
    _defect(
        "leaves-identifiers-without-system",
        "MAP-06",
        "delivers the social security number without system",
        LeavesIdentifiersWithoutSystem,
    ),
    swap("ignores-identifier-systems", "MAP-06", "finds patients by the number alone", **_MATCHING),
    swap("merged-is-an-outage", "MAP-06", "reports a merged record as an outage", ehr_errors=MergedIsAnOutage),
    _defect("normalises-names", "MAP-09", "composes accents in names", NormalisesNames),
    _defect("writes-names-in-ascii", "MAP-09", "replaces what is not ASCII by ?", WritesNamesInAscii),
    _defect("splits-names-at-apostrophes", "MAP-09", "ends names at an apostrophe", SplitsNamesAtApostrophes),
    _defect("cuts-long-names", "MAP-09", "cuts names after 64 characters", CutsLongNames),
    _defect("invents-family-names", "MAP-09", "gives single names a family name", InventsFamilyNames),
)
