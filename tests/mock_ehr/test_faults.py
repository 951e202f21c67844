"""Which requests a fault strikes: matcher, schedule, seed."""

from __future__ import annotations

from typing import Any

import pytest

from mock_ehr.behaviours import FaultError
from mock_ehr.facts import Facts
from mock_ehr.fault_schedule import Moment
from mock_ehr.faults import FaultBook, Tally, decide, parse_fault

FACTS = Facts("data", "search", "GET", "/FHIR/api/FHIR/R4/Observation", "Observation", "", ("p1",), "gw", "t")
STORM = {"kind": "storm", "retry_after": "2"}


def fault(match: dict[str, Any], seed: int = 0) -> Any:
    return parse_fault({"match": match, "behaviour": STORM, "seed": seed}, "f")


def strikes(match: dict[str, Any], times: int, seed: int = 0) -> list[bool]:
    tally, hits = Tally(), []
    for _ in range(times):
        tally, hit = decide(fault(match, seed), tally, FACTS, Moment(0.0))
        hits.append(hit)
    return hits


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({}, True),
        ({"kind": "data"}, True),
        ({"kind": "token"}, False),
        ({"interaction": "search"}, True),
        ({"interaction": "read"}, False),
        ({"type": "Observation"}, True),
        ({"type": "Patient"}, False),
        ({"patient": "p1"}, True),
        ({"patient": "p2"}, False),
        ({"method": "get"}, True),
        ({"method": "POST"}, False),
        ({"client": "gw"}, True),
        ({"client": "other"}, False),
        ({"path": "*/Observation"}, True),
        ({"path": "*/Patient*"}, False),
        ({"kind": "data", "type": "Observation", "patient": "p2"}, False),
    ],
)
def test_matches(match: dict[str, Any], hit: bool) -> None:
    assert strikes(match, 1) == [hit]


def test_skips_then_strikes_the_first_ones() -> None:
    assert strikes({"skip": 2, "first": 3}, 7) == [False, False, True, True, True, False, False]


def test_a_share_is_drawn_by_the_seed() -> None:
    once, again, other = (
        strikes({"share": 0.5}, 400, 1),
        strikes({"share": 0.5}, 400, 1),
        strikes({"share": 0.5}, 400, 2),
    )
    assert once == again
    assert once != other
    assert 150 < sum(once) < 250
    assert sum(strikes({"share": 0.0}, 50)) == 0
    assert sum(strikes({"share": 1.0}, 50)) == 50


def test_first_counts_strikes_and_not_matches() -> None:
    assert sum(strikes({"share": 0.5, "first": 10}, 200, 3)) == 10


def test_a_window_ends() -> None:
    within, _ = decide(fault({"for_s": 5}), Tally(), FACTS, Moment(4.9)), None
    after = decide(fault({"for_s": 5}), Tally(), FACTS, Moment(5.0))
    assert within[1] is True
    assert after[1] is False


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("text", "an object"),
        ({}, "behaviour is None"),
        ({"behaviour": {"kind": "strom"}}, "did you mean storm"),
        ({"behaviour": {"kind": "delay"}}, "'seconds' is missing"),
        ({"behaviour": {"kind": "delay", "seconds": "1"}}, "seconds is '1'"),
        ({"behaviour": {"kind": "delay", "second": 1}}, "did you mean seconds"),
        ({"behaviour": {"kind": "status", "status": 99}}, "200 to 599"),
        ({"behaviour": {"kind": "status", "status": True}}, "200 to 599"),
        ({"behaviour": {"kind": "status", "status": 503, "body": "xml"}}, "vendor, html, empty"),
        ({"behaviour": {"kind": "status", "status": 503, "headers": {"A": 1}}}, "texts to texts"),
        ({"behaviour": {"kind": "storm", "retry_after": 2}}, "retry_after is 2"),
        ({"behaviour": {"kind": "storm", "retry_after": "date:soon"}}, "retry_after"),
        ({"behaviour": {"kind": "drop", "when": "never"}}, "before, amid, after"),
        ({"behaviour": {"kind": "truncate", "bytes": -1}}, "bytes is -1"),
        ({"behaviour": {"kind": "drift"}}, "changes nothing"),
        ({"behaviour": {"kind": "drift", "remove": "a"}}, "list of dotted paths"),
        ({"behaviour": STORM, "match": []}, "match is []"),
        ({"behaviour": STORM, "match": {"interaction": "serch"}}, "did you mean search"),
        ({"behaviour": STORM, "match": {"paitent": "p"}}, "did you mean patient"),
        ({"behaviour": STORM, "match": {"share": 2}}, "share is 2"),
        ({"behaviour": STORM, "match": {"first": -1}}, "first is -1"),
        ({"behaviour": STORM, "match": {"skip": 0.5}}, "skip is 0.5"),
        ({"behaviour": STORM, "match": {"patient": 3}}, "patient is 3"),
        ({"behaviour": STORM, "nam": "x"}, "did you mean name"),
        ({"behaviour": STORM, "seed": "x"}, "seed is 'x'"),
        ({"behaviour": STORM, "name": ""}, "name is ''"),
    ],
)
def test_says_what_is_wrong_with_a_definition(raw: Any, words: str) -> None:
    with pytest.raises(FaultError) as refused:
        parse_fault(raw, "f")
    assert words in str(refused.value)


def test_the_book_counts_and_forgets() -> None:
    now = [0.0]
    book = FaultBook(lambda: now[0])
    first = book.arm({"name": "a", "match": {"first": 1}, "behaviour": STORM})
    second = book.arm({"match": {"for_s": 10}, "behaviour": {"kind": "delay", "seconds": 1}})
    assert [fault.name for fault in book.strike(FACTS)] == ["a", "delay"]
    assert [fault.name for fault in book.strike(FACTS)] == ["delay"]
    now[0] = 10.0
    assert book.strike(FACTS) == []
    book.note_effect(first)
    listed = {row["name"]: (row["matched"], row["struck"], row["applied"]) for row in book.listing()}
    assert listed == {"a": (3, 1, 1), "delay": (2, 2, 0)}
    assert book.disarm(second.id)
    assert not book.disarm(second.id)
    book.clear()
    assert not book
