"""Bundles that hold too much or too little."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.mock_ehr.behaviours.bodies import bundle, rewritten

THREE = bundle(*({"resourceType": "Patient", "id": name} for name in "abc"), outcome=True)


def ids(answer: Any) -> list[str]:
    return [entry["resource"].get("id", "-") for entry in json.loads(answer.body)["entry"]]


def test_duplicates_stand_beside_their_originals() -> None:
    changed = rewritten(THREE, {"kind": "duplicate", "entries": 2})
    assert changed is not None
    assert len(ids(changed)) == 6
    assert sorted(set(ids(changed))) == ["-", "a", "b", "c"]
    assert json.loads(changed.body)["total"] == 3


@pytest.mark.parametrize(("honest", "total"), [(False, 3), (True, 1)])
def test_entries_go_missing(honest: bool, total: int) -> None:
    changed = rewritten(THREE, {"kind": "missing", "entries": 2, "honest": honest})
    assert changed is not None
    assert (len(ids(changed)), ids(changed)[-1], json.loads(changed.body)["total"]) == (2, "-", total)


def test_the_seed_draws_which() -> None:
    drawn = {tuple(ids(rewritten(THREE, {"kind": "missing"}, seed))) for seed in range(20)}
    assert len(drawn) == 3
    assert ids(rewritten(THREE, {"kind": "missing"}, 5)) == ids(rewritten(THREE, {"kind": "missing"}, 5))


@pytest.mark.parametrize("body", [bundle(outcome=True), {"resourceType": "Patient"}, b"<x/>"])
@pytest.mark.parametrize("kind", ["duplicate", "missing"])
def test_nothing_to_change_is_no_effect(body: Any, kind: str) -> None:
    assert rewritten(body, {"kind": kind}) is None
