"""Shipped targets in which an outage reaches the reference gateway by more than one way: each tells what it is."""

from pathlib import Path

import pytest

from gauntlet.run import Request, carry_out
from gauntlet.verdict import Verdict

TARGETS = Path(__file__).resolve().parents[2] / "targets"


@pytest.mark.parametrize("name", ["consent", "cache", "two-ehrs"])
def test_failures_are_told_apart_behind_every_target(tmp_path, name):
    request = Request(target=TARGETS / f"{name}.toml", out=tmp_path, only=("RES-05",), whole=True)
    result, _ = carry_out(request, lambda *_: None)
    found = {check.check: (check.verdict, check.reason) for check in result.checks}
    assert len(found) >= 4
    assert {verdict for verdict, _ in found.values()} == {Verdict.PASS}, found
