"""Searches that were read already: those that differ in the patient alone are read once."""

from __future__ import annotations

import re

from mock_ehr.message import Pairs
from mock_ehr.vendors.epic.quirks import EpicQuirks
from mock_ehr.vendors.epic.search_query import PATIENT_NAMES, Query
from mock_ehr.vendors.epic.search_rules import parse_query

KEPT_TEMPLATES = 2000
PLAIN_ID = re.compile(r"[A-Za-z0-9.-]+")

Template = tuple[str, Pairs]  # resource type, and the parameters without the patient's id


class Templates:
    """Accepted searches by all but their patient. Parsing depends on nothing that changes while a site runs."""

    def __init__(self, quirks: EpicQuirks) -> None:
        self._quirks = quirks
        self._kept: dict[Template, Query] = {}

    def parse(self, resource_type: str, pairs: Pairs) -> Query:
        """Return what `parse_query` returns. Raises what it raises."""
        named = [pair for pair in pairs if pair[0] in PATIENT_NAMES]
        if len(named) != 1 or not PLAIN_ID.fullmatch(named[0][1]):
            return parse_query(resource_type, pairs, self._quirks)
        (name, patient), others = named[0], tuple([pair for pair in pairs if pair is not named[0]])
        key = (resource_type, ((name, ""), *others))
        known = self._kept.get(key)
        if known is None:
            known = parse_query(resource_type, pairs, self._quirks)
            if len(self._kept) >= KEPT_TEMPLATES:
                self._kept.clear()
            self._kept[key] = known
        return for_patient(known, name, patient)


def for_patient(known: Query, name: str, patient: str) -> Query:
    """Return the same search for another patient, with lists of its own where something is added later."""
    asked = known.patient  # "" when the type has no such parameter, which is then ignored
    return Query(
        known.resource_type,
        patient if asked else "",
        known.ids,
        {**known.values, name: [patient]} if asked else known.values,
        known.criteria,
        known.late,
        known.includes,
        known.withheld,
        known.count,
        known.count_only,
        known.given,
        list(known.remarks),
    )
