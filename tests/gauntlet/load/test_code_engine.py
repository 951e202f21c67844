"""A user's own code under the open schedule, inside a real Locust process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gauntlet.load.judge import judge
from gauntlet.load.measured import RawLoad
from gauntlet.load.plan import Plan
from gauntlet.load.process import run_profile
from gauntlet.load.profile import Profile
from gauntlet.verdict import Verdict
from tests.gauntlet.load.hospital import WHY, flat, hospital

CODE = """
import itertools, time, urllib.request

numbers = itertools.count(1)

def visit(visit):
    number = next(numbers)
    if number % 10 == 0:
        raise KeyError("not for the report")
    asked = urllib.request.Request(f"{visit.base_url}/Patient/{visit.patient}", headers=dict(visit.headers))
    with urllib.request.urlopen(asked, timeout=5) as answer:
        visit.saw(answer.read())

def slow(visit):
    time.sleep(30)
"""


@pytest.fixture
def run(profile: Callable[..., Profile], plan: Callable[..., Plan], tmp_path: Path) -> Callable[..., RawLoad]:
    (tmp_path / "mine.py").write_text(CODE)

    def running(function: str, shape: Profile, **faults: object) -> RawLoad:
        with hospital(**faults) as base_url:
            made = plan(base_url=base_url, code=f"{tmp_path / 'mine.py'}:{function}")
            return run_profile(shape, made, work_dir=tmp_path / "run", progress=lambda _: None)

    return running


def test_the_code_is_called_for_each_arrival_and_judged_like_any_other(run, profile, tmp_path: Path) -> None:
    shape = profile(curve=flat(60, 2))
    raw = run("visit", shape, wrong_every=20)
    result = judge(raw, shape)
    assert raw.sent == raw.wanted == sum(item.latency.count for item in raw.endpoints)
    assert raw.problems["the code raised KeyError"] == raw.wanted // 10
    assert raw.problems["another patient's data"] == result.endpoints[-1].wrong_patient > 0
    assert set(raw.problems) == {"the code raised KeyError", "another patient's data"}
    assert result.verdict is Verdict.FAIL
    assert sum(second.wanted for second in raw.timeline) == raw.wanted
    assert "KeyError: 'not for the report'" in (tmp_path / "run" / "locust.log").read_text(encoding="utf-8")


def test_calls_wait_in_greenlets_and_are_given_up_in_time(run, profile) -> None:
    limits = {"answer_timeout_s": 1.0, "drain_s": 0.4, "connections": 20, "why": WHY}
    raw = run("slow", profile(curve=flat(30, 1), limits=limits))
    assert raw.answered == 0
    assert raw.unsent == raw.wanted - raw.sent
    assert set(raw.problems) <= {
        "no answer within 1 s",
        "no free connection within 1 s",
        "no answer when the run ended",
    }
