"""The engine inside a real Locust process, against a small server with planted faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gauntlet.load.judge import judge
from gauntlet.load.measured import from_json
from gauntlet.load.plan import Plan
from gauntlet.load.process import run_profile
from gauntlet.load.profile import Profile
from gauntlet.load.progress import Progress
from gauntlet.verdict import Verdict
from tests.gauntlet.load.hospital import WHY, flat, hospital


def test_a_stall_is_felt_by_all_who_would_have_waited(
    profile: Callable[..., Profile], plan: Callable[..., Plan], tmp_path: Path
) -> None:
    """150 requests/s for 4 s, 1 s stalled: a quarter waits 0 to 1 s, so p99 is 0.96 s (and p95 0.8 s).

    With 4 connections only 4 requests are under way during the stall, as with 4 users who wait for answers:
    their service time shows next to nothing, the latency from the intended start shows it all.
    """
    seen: list[Progress] = []
    limits = {"answer_timeout_s": 5.0, "drain_s": 2.0, "connections": 4, "why": WHY}
    spike = profile(curve=flat(150, 4), limits=limits)
    with hospital(stall=[1.5, 1.0], wrong_every=100) as base_url:
        raw = run_profile(spike, plan(base_url=base_url), work_dir=tmp_path / "run", progress=seen.append)
    result = judge(raw, spike)
    everything = result.endpoints[-1]
    assert raw.answered == raw.sent == raw.wanted > 480
    assert 850 < everything.latency.p99 < 2000
    assert everything.latency.p50 < 500
    assert everything.service.p95 < everything.latency.p95 / 2
    assert everything.wrong_patient == everything.errors == raw.wanted // 100
    assert result.verdict is Verdict.FAIL
    assert f"wrong_patient is {raw.wanted // 100}, allowed 0" in result.reason
    assert sum(second.wanted for second in result.timeline) == raw.wanted
    assert seen[-1].answered == raw.answered
    assert any(item.outstanding > 20 for item in seen)  # arrivals went on during the stall
    assert raw.run.connections == 4  # connections are kept
    left_behind(tmp_path / "run", raw.answered)


def left_behind(folder: Path, answered: int) -> None:
    """No secret stays; Locust's own figures agree with ours."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert not [name for name, text in texts.items() if "secret-" in text]
    assert not [name for name in texts if name.startswith("order-")]
    total = next(line for line in texts["locust.log"].splitlines() if "Aggregated" in line)
    assert int(total.split()[1]) == answered


def test_every_way_to_break_an_answer_is_counted(
    profile: Callable[..., Profile], plan: Callable[..., Plan], tmp_path: Path
) -> None:
    short = profile(curve=flat(200, 1.5))
    with hospital(odd_every=5) as base_url:
        raw = run_profile(short, plan(base_url=base_url), work_dir=tmp_path, progress=lambda _: None)
    assert set(raw.problems) == {
        "connection closed in the middle of the answer",
        "the answer is not HTTP/1.1",
        "HTTP 503",
        "connection closed unanswered",
        "connection reset",
        "the body is no JSON object",
    }
    errors = sum(endpoint.errors for endpoint in raw.endpoints)
    assert errors == sum(raw.problems.values())
    assert errors == pytest.approx(raw.wanted / 5 * 6 / 8, abs=6)  # two of the eight oddities are sound answers
    assert raw.sent == raw.wanted


def test_a_redirect_is_an_error_that_is_told_and_is_not_followed(
    profile: Callable[..., Profile], plan: Callable[..., Plan], tmp_path: Path
) -> None:
    short = profile(curve=flat(100, 1))
    with hospital(redirect_every=4) as base_url:
        raw = run_profile(short, plan(base_url=base_url), work_dir=tmp_path, progress=lambda _: None)
    assert set(raw.problems) == {"HTTP 302: a redirect, which is not followed"}
    assert raw.problems.popitem()[1] == raw.answered // 4
    assert raw.run.connections < 20  # a redirect does not cost the connection


def test_silence_is_counted_at_its_age_and_is_no_verdict(
    profile: Callable[..., Profile], plan: Callable[..., Plan], tmp_path: Path
) -> None:
    limits = {"answer_timeout_s": 0.7, "drain_s": 0.4, "connections": 20, "why": WHY}
    short = profile(curve=flat(50, 1), limits=limits)
    with hospital(silent=True) as base_url:
        raw = run_profile(short, plan(base_url=base_url), work_dir=tmp_path, progress=lambda _: None)
    result = judge(raw, short)
    assert raw.answered == 0
    assert sum(endpoint.errors for endpoint in raw.endpoints) == raw.wanted == result.endpoints[-1].latency.count
    assert raw.unsent == raw.wanted - raw.sent > 0  # more arrivals than connections
    assert raw.run.unsent_by_us == 0
    assert result.endpoints[-1].latency.max >= 700
    assert {"no answer within 0.7 s", "no answer when the run ended"} <= set(raw.problems)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "not one of" in result.reason


def test_an_interrupt_ends_the_process_and_leaves_a_partial_result(
    profile: Callable[..., Profile], plan: Callable[..., Plan], tmp_path: Path
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.answered:
            assert not list(tmp_path.glob("order-*"))  # the tokens are gone as soon as they are read
            raise KeyboardInterrupt

    long = profile(curve=flat(100, 60))
    with hospital() as base_url, pytest.raises(KeyboardInterrupt):
        run_profile(long, plan(base_url=base_url), work_dir=tmp_path, progress=interrupt)
    raw = from_json((tmp_path / "raw.json").read_bytes())
    assert raw.run.interrupted
    assert judge(raw, long).verdict is Verdict.INCONCLUSIVE
    assert not list(tmp_path.glob("order-*"))


def test_several_generators_share_the_arrivals(
    profile: Callable[..., Profile], plan: Callable[..., Plan], tmp_path: Path
) -> None:
    shape = profile(curve=flat(100, 2))
    with hospital() as base_url:
        one = run_profile(shape, plan(base_url=base_url), work_dir=tmp_path / "one", progress=lambda _: None)
        two = run_profile(shape, plan(base_url=base_url), work_dir=tmp_path / "two", progress=lambda _: None, workers=2)
    assert two.wanted == one.wanted == two.answered
    assert [second.wanted for second in two.timeline] == [second.wanted for second in one.timeline]
    assert [tally.sent for tally in two.endpoints] == [tally.sent for tally in one.endpoints]


def test_enough_ends_a_run_that_is_complete_all_the_same(
    profile: Callable[..., Profile], plan: Callable[..., Plan], tmp_path: Path
) -> None:
    def enough(progress: Progress) -> None:
        if progress.answered:
            (tmp_path / "enough").touch()

    with hospital() as base_url:
        raw = run_profile(profile(curve=flat(100, 60)), plan(base_url=base_url), work_dir=tmp_path, progress=enough)
    assert not raw.run.interrupted
    assert raw.run.duration_s < 30
    assert raw.answered == raw.wanted
