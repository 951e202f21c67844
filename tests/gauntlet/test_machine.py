from __future__ import annotations

from pathlib import Path

import pytest

from gauntlet.machine import Work, crowding, work


@pytest.mark.parametrize(
    ("total", "idle", "ours", "generator", "excused"),
    [
        (20.0, 0.0, 3.0, 1.0, True),  # four fifths were somebody else's
        (20.0, 0.0, 18.0, 1.5, False),  # we did it ourselves
        (20.0, 10.0, 3.0, 1.0, False),  # there was room enough
        (20.0, 1.0, 14.0, 2.0, False),
    ],
)
def test_only_other_work_on_a_full_machine_excuses(total, idle, ours, generator, excused) -> None:
    found = crowding(Work(100.0, 50.0, 1.0), Work(100.0 + total, 50.0 + idle, 1.0 + ours), generator)
    assert found is not None
    assert bool(found.excuse) is excused


def test_a_system_that_does_not_tell_excuses_nothing(tmp_path: Path) -> None:
    assert work([1], tmp_path) is None
    assert crowding(None, Work(1.0, 1.0, 1.0), 0.0) is None


def test_our_work_is_that_of_our_groups(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu  100 0 100 300 0 0 0 0 0 0\n")
    for pid, group in ((11, 10), (12, 99)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (a b) S 1 {group} 1 0 0 0 0 0 0 0 200 100 0 0\n")
    one, both = work([10], tmp_path), work([10, 99], tmp_path)
    assert one is not None
    assert both is not None
    assert both.ours_s - one.ours_s == pytest.approx(3.0, abs=0.5)
