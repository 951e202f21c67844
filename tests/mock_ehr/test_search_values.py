"""Search values: time ranges of every precision, tokens, references."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from mock_ehr.search_values import elements, fold, moment_range, ranges, reference_forms, token_forms


def at(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc]  # year, month, day and so on


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", at(2026, 1, 1), at(2027, 1, 1)),
        ("2024-02", at(2024, 2, 1), at(2024, 3, 1)),
        ("2026-12", at(2026, 12, 1), at(2027, 1, 1)),
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2026-06-15T07:30Z", at(2026, 6, 15, 7, 30), at(2026, 6, 15, 7, 31)),
        ("2026-06-15T07:30:05Z", at(2026, 6, 15, 7, 30, 5), at(2026, 6, 15, 7, 30, 6)),
        ("2026-06-15T07:30:05+02:00", at(2026, 6, 15, 5, 30, 5), at(2026, 6, 15, 5, 30, 6)),
        ("2026-06-15T20:30:05-05:30", at(2026, 6, 16, 2, 0, 5), at(2026, 6, 16, 2, 0, 6)),
        ("2026-06-15T07:30:05", at(2026, 6, 15, 7, 30, 5), at(2026, 6, 15, 7, 30, 6)),
        ("2026-06-15T07:30:05.25Z", at(2026, 6, 15, 7, 30, 5) + 0.25, at(2026, 6, 15, 7, 30, 5) + 0.26),
        ("1900-01-01", at(1900, 1, 1), at(1900, 1, 2)),
    ],
)
def test_a_moment_covers_its_precision(text: str, start: float, end: float) -> None:
    assert moment_range(text) == (pytest.approx(start), pytest.approx(end))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "0000",
        "2026-13",
        "2026-02-30",
        "2026-6-1",
        "yesterday",
        "2026-06-15T25:00Z",
        "2026-06-15 07:30",
        "20260615",
    ],
)
def test_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        moment_range(text)


def test_the_end_of_the_calendar_is_no_failure() -> None:
    assert moment_range("9999") == (at(9999, 1, 1), math.inf)
    assert moment_range("9999-12") == (at(9999, 12, 1), math.inf)
    assert moment_range("9999-12-31")[1] - at(9999, 12, 31) == 86_400
    assert moment_range("0001-01-01T00:00:00+14:00")[0] < at(1, 1, 1)


def test_periods_may_be_open() -> None:
    start, end = at(2026, 1, 1), at(2026, 1, 3)
    assert list(ranges({"start": "2026-01-01", "end": "2026-01-02"})) == [(start, end)]
    assert list(ranges({"start": "2026-01-01"})) == [(start, math.inf)]
    assert list(ranges({"end": "2026-01-02"})) == [(-math.inf, end)]
    assert list(ranges(5)) == []


@pytest.mark.parametrize(
    ("value", "forms"),
    [
        ("final", {"final", "|final"}),
        (True, {"true", "|true"}),
        ({"system": "s", "code": "c"}, {"c", "s|c", "s|"}),
        ({"code": "c"}, {"c", "|c"}),
        ({"coding": [{"system": "s", "code": "c"}, {"code": "d"}]}, {"c", "s|c", "s|", "d", "|d"}),
        ({"coding": [{"display": "no code"}], "text": "x"}, set()),
        ({"system": "phone", "value": "1"}, {"1", "phone|1", "phone|"}),
        ({"text": "only text"}, set()),
    ],
)
def test_the_texts_that_find_a_token(value: Any, forms: set[str]) -> None:
    assert set(token_forms(value)) == forms


def test_the_texts_that_find_a_reference() -> None:
    assert set(reference_forms({"reference": "Patient/e1"})) == {"Patient/e1", "e1"}
    assert list(reference_forms({"display": "Somebody"})) == []


def test_elements_go_through_lists() -> None:
    body = {"name": [{"given": ["A", "B"]}, {"family": "F"}, {"given": ["C"]}]}
    assert list(elements(body, "name.given")) == ["A", "B", "C"]
    assert list(elements(body, "name.given.none")) == []


def test_folding_drops_case_and_accents() -> None:
    assert fold("Müller") == fold("MULLER") == fold("mu\u0308ller")
