"""OperationOutcomes: valid R4 with Epic's codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mock_ehr.vendors.epic import outcomes
from mock_ehr.vendors.epic.outcomes import CODE_SYSTEM, CODES, Issue, outcome, unimplemented_outcome
from synthetic.r4.rules import problems


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_makes_a_valid_outcome(code: int) -> None:
    body = json.loads(outcome(Issue(code, "why", ("a.b", "c"))))
    assert problems(body) == []
    (issue,) = body["issue"]
    coding = issue["details"]["coding"][0]
    assert (coding["system"], coding["code"]) == (CODE_SYSTEM, str(code))
    assert issue["details"]["text"] == coding["display"]
    assert (issue["location"], issue["expression"]) == (["/f:a/f:b", "/f:c"], ["a.b", "c"])


def test_issues_keep_their_order_and_may_change_severity() -> None:
    body = json.loads(outcome(Issue(4101, severity="information"), Issue(59008)))
    assert [issue["severity"] for issue in body["issue"]] == ["information", "fatal"]


def test_what_is_missing_is_named() -> None:
    body = json.loads(unimplemented_outcome("time travel"))
    assert problems(body) == []
    assert "time travel" in body["issue"][0]["diagnostics"]


def test_every_code_is_reachable() -> None:
    folder = Path(outcomes.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "outcomes.py")
    elsewhere = set(re.findall(r"\b(4\d{3}|40000|59\d{3})\b", source))
    assert {str(code) for code in CODES} - elsewhere == set()
