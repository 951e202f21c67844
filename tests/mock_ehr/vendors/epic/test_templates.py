"""Searches that differ in the patient alone are read once, and come out as if they had been read each time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mock_ehr.vendors.epic import templates
from mock_ehr.vendors.epic.quirks import EpicQuirks
from mock_ehr.vendors.epic.search_query import Query, SearchRefusedError
from mock_ehr.vendors.epic.search_rules import parse_query
from mock_ehr.vendors.epic.templates import Templates

QUIRKS = EpicQuirks()


def told(query: Query) -> list[Any]:
    """What a search says; the tests for dates are functions, made anew each time."""
    criteria = [(found.parameter.name, found.alternatives, len(found.tests)) for found in query.criteria + query.late]
    rest = replace(query, criteria=[], late=[])
    return [rest, criteria]


@pytest.mark.parametrize(
    ("kind", "pairs"),
    [
        ("Observation", (("patient", "{}"), ("category", "laboratory"), ("date", "ge2026-01-01"), ("_count", "5"))),
        ("Observation", (("category", "vital-signs,nonsense"), ("subject", "{}"))),
        ("Condition", (("patient", "{}"), ("category", "problem-list-item"), ("color", "blue"))),
        ("Encounter", (("patient", "{}"), ("_include", "Encounter:nothing"), ("_summary", "count"))),
        ("Patient", (("_id", "x"), ("patient", "{}"))),
        ("Observation", (("patient", "Patient/{}"), ("category", "laboratory"))),
        ("Observation", (("patient", "{}"), ("patient", "{}"), ("category", "laboratory"))),
    ],
)
def test_gives_what_reading_gives(kind: str, pairs: tuple[tuple[str, str], ...]) -> None:
    known = Templates(QUIRKS)
    for patient in ("eOne", "eTwo", "eOne"):
        asked = tuple((name, value.format(patient)) for name, value in pairs)
        assert told(known.parse(kind, asked)) == told(parse_query(kind, asked, QUIRKS))


def test_reads_a_search_once_for_all_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def counted(kind: str, pairs: tuple[tuple[str, str], ...], quirks: EpicQuirks) -> Query:
        read.append(kind)
        return parse_query(kind, pairs, quirks)

    monkeypatch.setattr(templates, "parse_query", counted)
    known = Templates(QUIRKS)
    for patient in ("eOne", "eTwo", "eThree"):
        known.parse("Condition", (("patient", patient), ("category", "problem-list-item")))
    assert read == ["Condition"]


def test_what_one_search_remarks_stays_with_it() -> None:
    known = Templates(QUIRKS)
    pairs = (("patient", "eOne"), ("category", "vital-signs,nonsense"))
    first = known.parse("Observation", pairs)
    remarks = list(first.remarks)
    first.remarks.clear()
    assert known.parse("Observation", pairs).remarks == remarks != []


def test_a_refused_search_is_refused_each_time() -> None:
    known = Templates(QUIRKS)
    for _ in range(2):
        with pytest.raises(SearchRefusedError):
            known.parse("Observation", (("patient", "eOne"),))


def test_keeps_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "KEPT_TEMPLATES", 3)
    known = Templates(QUIRKS)
    for day in range(1, 9):
        pairs = (("patient", "eOne"), ("category", "laboratory"), ("date", f"2026-01-0{day}"))
        assert told(known.parse("Observation", pairs)) == told(parse_query("Observation", pairs, QUIRKS))
