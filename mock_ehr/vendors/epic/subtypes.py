"""Sub-types that clients are not authorised for, such as a category of Condition (59204, vendors.md 1.4: S, E1 E4)."""

from __future__ import annotations

from mock_ehr.search import PARAMETERS
from mock_ehr.search import values_of as search_values
from mock_ehr.store import Record
from mock_ehr.vendors.epic.quirks import EpicQuirks


def withheld(resource_type: str, quirks: EpicQuirks) -> frozenset[str]:
    """Return the categories of a type that clients are not authorised for."""
    split = (entry.partition(".") for entry in quirks.withheld_subtypes)
    return frozenset(category for kind, _, category in split if kind == resource_type)


def is_withheld(record: Record, quirks: EpicQuirks) -> bool:
    """Return whether a record is of a sub-type that clients are not authorised for."""
    return bool(withheld(record.type, quirks).intersection(categories(record)))


def categories(record: Record) -> tuple[str, ...]:
    """Return the category codes of a record."""
    wanted = PARAMETERS.get(record.type, {}).get("category")
    return search_values(record, wanted) if wanted else ()
