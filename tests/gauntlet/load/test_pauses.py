"""A generator that stood still: those who became due meanwhile do not all open a connection of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import psutil

from gauntlet.load.plan import Plan
from gauntlet.load.process import run_profile
from gauntlet.load.profile import Profile
from gauntlet.load.progress import Progress
from tests.gauntlet.load.hospital import flat, hospital

PAUSE_S = 0.3


def generator() -> psutil.Process:
    """The Locust process that this one has started."""
    (found,) = (child for child in psutil.Process().children(recursive=True) if "locust" in child.cmdline())
    return found


def test_a_pause_is_caught_up_with_over_few_connections(
    profile: Callable[..., Profile], plan: Callable[..., Plan], tmp_path: Path
) -> None:
    """400 requests/s, 0.3 s paused: 120 are due at once. All are answered and late, over a handful of connections."""
    paused: list[float] = []

    def pause_once(progress: Progress) -> None:
        if progress.elapsed_s < 1 or paused:
            return
        process = generator()
        process.suspend()
        threading.Event().wait(PAUSE_S)
        process.resume()
        paused.append(progress.elapsed_s)

    with hospital() as base_url:
        raw = run_profile(
            profile(curve=flat(400, 3)), plan(base_url=base_url), work_dir=tmp_path / "run", progress=pause_once
        )
    assert paused
    assert raw.answered == raw.sent == raw.wanted > 1000
    assert raw.lag.percentile_ms(98) > PAUSE_S * 1000 / 4  # a tenth of all was due in the pause
    assert raw.endpoints[-1].latency.max_us >= PAUSE_S * 0.8e6
    assert raw.run.connections < 60
