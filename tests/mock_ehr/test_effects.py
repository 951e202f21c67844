"""What several faults add up to: sorted by stage, and what excludes what."""

from __future__ import annotations

from typing import Any

import pytest

from mock_ehr.effects import Effects, compose
from mock_ehr.faults import Strike, parse_fault


def effects(*behaviours: dict[str, Any]) -> Effects:
    return compose(Strike(parse_fault({"behaviour": raw}, f"f{number}"), 0) for number, raw in enumerate(behaviours))


@pytest.mark.parametrize(
    ("behaviours", "processed"),
    [
        ([], True),
        ([{"kind": "delay", "seconds": 1}], True),
        ([{"kind": "drop", "when": "after"}], True),
        ([{"kind": "drop", "when": "amid"}], True),
        ([{"kind": "stall", "when": "after"}], True),
        ([{"kind": "truncate", "bytes": 1}], True),
        ([{"kind": "corrupt"}], True),
        ([{"kind": "empty"}], True),
        ([{"kind": "drop", "when": "before"}], False),
        ([{"kind": "stall"}], False),
        ([{"kind": "html"}], False),
        ([{"kind": "storm"}], False),
        ([{"kind": "delay", "seconds": 1}, {"kind": "status", "status": 503}], False),
    ],
)
def test_which_faults_keep_a_request_from_being_processed(behaviours: list[dict[str, Any]], processed: bool) -> None:
    assert effects(*behaviours).processed is processed


def test_the_first_of_those_that_exclude_each_other_holds() -> None:
    made = effects(
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 500},
        {"kind": "chunking", "flaw": "no-end"},
        {"kind": "wrong-length"},
        {"kind": "stall"},
        {"kind": "drop"},
    )
    assert [strike and strike.fault.id for strike in (made.instead, made.frame, made.cut)] == ["f0", "f2", "f4"]


def test_contents_change_before_bytes_whatever_was_armed_first() -> None:
    made = effects(
        {"kind": "gzip", "flaw": "twice"},
        {"kind": "drift", "remove": ["a"]},
        {"kind": "corrupt"},
        {"kind": "duplicate"},
    )
    assert [strike.fault.id for strike in made.rewrites] == ["f1", "f3", "f0", "f2"]
