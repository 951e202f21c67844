"""Defects in what becomes of rows: what is delivered, found, paged and believed (CON-04 to CON-08, CON-14, CON-15)."""

from __future__ import annotations

from typing import Any

from reference_gateway.defects.consumer_contracts import ServesPlainJson
from reference_gateway.defects.contract import (
    FirstPageOnly,
    IgnoresCodeFilter,
    IgnoresDateFilter,
    InvalidResources,
    RoundsDecimals,
    ShiftsDates,
)
from reference_gateway.defects.defect import Defect, swap
from reference_gateway.defects.odd_requests import ExplainsRefusalsByTraces
from reference_gateway.ehr_request import EhrRequest
from reference_gateway.json_text import Json
from reference_gateway.unity_answers import Row, UnityAnswers
from reference_gateway.unity_codes import UnityCodes
from reference_gateway.unity_columns import COLUMNS
from reference_gateway.unity_ehr import AFTER, UnityEhr
from reference_gateway.unity_observations import UnityObservations
from reference_gateway.unity_patients import UnityPatients
from reference_gateway.unity_problems import UnityProblems
from reference_gateway.unity_visits import UnityVisits


class ForgetsRefills(UnityProblems):
    """Reads the summary of prescriptions and not their list."""

    def dispensing(self, listed: Row) -> Json:  # noqa: ARG002 - the honest signature
        """Return nothing."""
        return {}


class KeepsOneCodeOfSaturation(UnityObservations):
    """Delivers the code that the row has."""

    def put_companions(self, concept: Json) -> None:
        """Add nothing."""


class PagesByPosition(UnityEhr):
    """Counts how many records were delivered, and goes on behind so many."""

    def begin(self, records: list[Json], asked: dict[str, str]) -> int:  # noqa: ARG002 - the honest signature
        """Return the position told by the last page."""
        return int(asked.get(AFTER, "0"))

    def page(self, resource_type: str, records: list[Json], request: EhrRequest) -> Json:
        """Return a page whose next link tells a position."""
        bundle = super().page(resource_type, records, request)
        asked = dict(request.query)
        position = self.begin(records, asked) + int(asked["_count"])
        for link in bundle.get("link", []):
            link["url"] = f"{link['url'].rpartition('=')[0]}={position}"
        return bundle


class DropsLastRow(UnityEhr):
    """Leaves out the last row of a patient's records."""

    async def search(self, request: EhrRequest, resource_type: str) -> list[Json]:
        """Return the records without the last; patients are found."""
        found = await super().search(request, resource_type)
        return found if resource_type == "Patient" else found[:-1]


class KeepsPlaceholders(UnityPatients):
    """Takes every text for what it says."""

    def told(self, row: Row) -> Row:
        """Return the row with its placeholders."""
        return {column: text.strip(" ") for column, text in row.items()}


class KeepsPadding(UnityCodes):
    """Delivers local codes as wide as the column."""

    def source_codings(self, row: Row, section: str) -> list[Json]:
        """Return the local codes, padded."""
        found = super().source_codings(row, section)
        return [{**item, "code": item["code"].ljust(10)} for item in found]


class KeepsGluedCodes(UnityCodes):
    """Delivers the column of the entered code as one more local code."""

    def source_codings(self, row: Row, section: str) -> list[Json]:
        """Return the local codes, and what the column holds."""
        glued = {"system": self.local_system(section), "code": row["entrycode"].strip(" ")}
        return [*super().source_codings(row, section), *([glued] if "|" in glued["code"] else [])]


class TakesMissingColumnsForBlanks(UnityAnswers):
    """Reads a column that is gone as one that is blank."""

    def complete(self, row: Row, action: str) -> Row:
        """Return the row with blanks in place of what it lacks."""
        return {**dict.fromkeys(COLUMNS.get(action, ()), ""), **row}


class SpellsAnyType(UnityAnswers):
    """Makes a text of whatever a column holds."""

    def row(self, row: Any) -> Row:
        """Return the row with every value as text."""
        return super().row({name: str(value) for name, value in row.items()} if isinstance(row, dict) else row)


class BooksUnknownWords(UnityVisits):
    """Takes an appointment whose status it does not know for booked."""

    def booking(self, row: Row) -> str:
        """Return booked for a word that is not in the table."""
        try:
            return super().booking(row)
        except Exception:  # noqa: BLE001 - whatever it is
            return "booked"


def _defect(name: str, breaks: str, summary: str, **part: Any) -> Defect:
    return swap(name, breaks, summary, target="unity", **part)


DEFECTS = (
    _defect("spoils-rows", "CON-04", "delivers invalid resources out of rows", canonical=InvalidResources),
    _defect("forgets-refills", "CON-05", "leaves out how often to refill", unity_problems=ForgetsRefills),
    _defect(
        "keeps-one-code-of-saturation",
        "CON-05",
        "delivers oxygen saturation without its second code",
        unity_observations=KeepsOneCodeOfSaturation,
    ),
    _defect("shifts-dates-of-rows", "CON-06", "delivers rows' dates a day early", canonical=ShiftsDates),
    _defect("rounds-decimals-of-rows", "CON-06", "turns 1.50 of a row into 1.5", canonical=RoundsDecimals),
    _defect("drops-last-row", "CON-07", "delivers one row too few", unity_ehr=DropsLastRow),
    _defect("ignores-dates-of-rows", "CON-07", "finds rows of any date", search_rules=IgnoresDateFilter),
    _defect("ignores-codes-of-rows", "CON-07", "finds rows of any code", search_rules=IgnoresCodeFilter),
    _defect("ends-after-first-rows", "CON-08", "ends searches of rows after one page", bundles=FirstPageOnly),
    _defect("pages-by-position", "CON-08", "goes on at a position though rows have gone", unity_ehr=PagesByPosition),
    _defect("keeps-placeholders", "CON-14", "delivers 000-00-0000 as a number", unity_patients=KeepsPlaceholders),
    _defect("keeps-padding", "CON-14", "delivers codes padded with blanks", unity_codes=KeepsPadding),
    _defect("keeps-glued-codes", "CON-14", "delivers I10|ICD10 as a code", unity_codes=KeepsGluedCodes),
    _defect(
        "takes-missing-columns-for-blanks",
        "CON-15",
        "reads a column that is gone as a blank one",
        unity_answers=TakesMissingColumnsForBlanks,
    ),
    _defect("plain-json-of-rows", "CON-17", "labels what rows say as plain JSON", gateway=ServesPlainJson),
    _defect(
        "traces-beside-rows", "CON-18", "shows its code when it refuses rows", error_answers=ExplainsRefusalsByTraces
    ),
    _defect("spells-any-type", "CON-15", "reads numbers as texts", unity_answers=SpellsAnyType),
    _defect("books-unknown-words", "CON-15", "calls an unknown status booked", unity_visits=BooksUnknownWords),
)
