from __future__ import annotations

import pytest

from synthetic.strategies.search_rules import Search, search_problems


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("patient", "e1"),
        ("patient", "Patient/e1"),
        ("patient:Patient", "e1"),
        ("code", "2345-7,http://loinc.org|,|x,http://loinc.org|2345-7"),
        ("code", "a\\,b\\|c"),
        ("code:not", "x"),
        ("date", "ge2026-06-15T10:30:00-05:00"),
        ("date", "2024-02-29,2026"),
        ("_id", "e1,e2"),
        ("_count", "0"),
    ],
)
def test_legal(name: str, value: str) -> None:
    assert search_problems(Search("Observation", ((name, value),))) == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("colour", "blue", "no such parameter"),
        ("Patient", "e1", "no such parameter"),
        ("code:exact", "x", "no such modifier"),
        ("_count:not", "1", "no such modifier"),
        ("patient", "", "is no reference"),
        ("patient", "Practitioner/e1", "is no reference"),
        ("patient", "e1,", "is no reference"),
        ("patient", "e1,,e2", "is no reference"),
        ("patient", "x" * 65, "is no reference"),
        ("code", "a|b|c", "is no token"),
        ("code", "|", "is no token"),
        ("code", "a\\", "is no token"),
        ("code", "a\nb", "a control character"),
        ("date", "2026-02-30", "is no date"),
        ("date", "le", "is no date"),
        ("date", "2026-6-1", "is no date"),
        ("_count", "-1", "is no count"),
        ("_count", "1.0", "is no count"),
    ],
)
def test_illegal(name: str, value: str, problem: str) -> None:
    (found,) = search_problems(Search("Observation", ((name, value),)))

    assert problem in found


def test_type_and_patients() -> None:
    assert search_problems(Search("Horoscope", ())) == ["type: 'Horoscope' cannot be searched"]
    twice = (("patient", "e1"), ("patient", "Patient/e1"))
    assert search_problems(Search("Condition", twice)) == []
    assert search_problems(Search("Condition", (*twice, ("patient", "e2")))) == [
        "patient: two different patients at once"
    ]


def test_query() -> None:
    assert Search("Observation", (("code", "http://loinc.org|1"), ("patient", "a b"))).query == (
        "code=http%3A%2F%2Floinc.org%7C1&patient=a+b"
    )
