"""How Unity spoils what it knows. Each habit has a name and can be switched off, so that one can be looked at alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from synthetic.writers.hospital_clock import epoch_seconds, hospital_time
from synthetic.writers.unity_dates import Layout, laid_out, partial_day

Row = dict[str, str]
_CODE_WIDTH = 10
# Texts in place of null. That Unity does it is known; the texts are ours.
_PLACEHOLDERS: Mapping[str, str] = MappingProxyType(
    {"ssn": "000-00-0000", "Email": "Declined", "WorkPhone": "Unknown", "PrimaryInsurance": "None"}
)


@dataclass(frozen=True)
class Quirks:
    """Unity's habits; the default is all of them, `TIDY` none."""

    local_times: bool = True  # hospital time without a zone; otherwise UTC, which says so
    mixed_layouts: bool = True  # a layout for each column; otherwise ISO 8601 everywhere
    padded_codes: bool = True  # "001       "
    packed_results: bool = True  # name, value, unit, flag and range in one text; otherwise as XML in xmldetail
    split_blood_pressure: bool = True  # a row for code 2 and one for code 3, without a unit; otherwise 120/80 mmHg
    placeholders: bool = True  # a text where there is nothing
    single_space_blanks: bool = True  # " " where there is nothing

    def time(self, text: str, layout: Layout) -> str:
        """A FHIR date or instant as Unity writes it; nothing for nothing."""
        if not text:
            return ""
        if "T" not in text:
            return self._date(text, layout)
        instant = epoch_seconds(text)
        moment = hospital_time(instant) if self.local_times else datetime.fromtimestamp(instant, UTC)
        if not self.mixed_layouts:
            return moment.strftime("%Y-%m-%dT%H:%M:%S") + ("" if self.local_times else "Z")
        return laid_out(moment, layout) + ("" if self.local_times else " UTC")

    def code(self, text: str) -> str:
        """A code of a local dictionary."""
        return text.ljust(_CODE_WIDTH) if self.padded_codes else text

    def finished(self, row: Row) -> Row:
        """A row whose empty columns are as Unity leaves them."""
        blank = " " if self.single_space_blanks else ""
        if not self.placeholders:
            return {column: value or blank for column, value in row.items()}
        return {column: value or _PLACEHOLDERS.get(column, blank) for column, value in row.items()}

    def _date(self, text: str, layout: Layout) -> str:
        """A date has no zone to lose."""
        if not self.mixed_layouts:
            return text
        if len(text) < len("2026-06-15"):
            return partial_day(text)
        timeless = Layout.DAY if layout in (Layout.MOMENT, Layout.LOUD_MOMENT) else layout  # no midnight is made up
        return laid_out(datetime.fromisoformat(text), timeless)


TIDY = Quirks(
    local_times=False,
    mixed_layouts=False,
    padded_codes=False,
    packed_results=False,
    split_blood_pressure=False,
    placeholders=False,
    single_space_blanks=False,
)
