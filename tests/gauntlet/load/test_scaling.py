from __future__ import annotations

from gauntlet import places
from gauntlet.load.profile_file import read_profile
from gauntlet.load.scaling import compressed, staircase

FOLDER = places.bundled("scenarios") / "load"
WHY = "a reason for the numbers"


def test_faults_and_curve_shrink_together(profile) -> None:
    long = profile(
        fault=[{"what": "outage", "at_s": 1.0, "for_s": 2.0, "why": WHY}],
        recovery={"within_s": 30.0, "good_s": 2, "why": WHY},
        compressed={"duration_s": 1.0, "fault_s": 0.25, "rate": 2.0, "why": WHY},
    )
    short = compressed(long)
    assert (short.duration_s, short.curve[0].per_s) == (1.0, 100.0)
    assert (short.fault[0].at_s, short.fault[0].for_s) == (0.5, 0.5)
    assert compressed(profile()) == profile()


def test_a_batch_job_has_fewer_patients_and_its_whole_window() -> None:
    night = read_profile(FOLDER / "nightly-sync.toml")
    short = compressed(night)
    assert short.sync.patients == 27
    assert short.sync.window_s == night.sync.window_s


def test_a_search_climbs_all_its_steps() -> None:
    search = compressed(read_profile(FOLDER / "capacity.toml"))
    assert [point.per_s for point in search.curve[::2]] == search.search.steps
    assert search.search.bisections == 0
    assert search.duration_s == 10


def test_a_staircase_holds_each_rate(profile) -> None:
    stairs = staircase(profile(), [10.0, 20.0], 3.0)
    assert [(point.at_s, point.per_s) for point in stairs.curve] == [(0, 10), (3, 10), (3.001, 20), (6, 20)]


def test_the_conformance_forms_fit_a_pipeline() -> None:
    """Together about a minute, faults left aside: those runs end as soon as all is overcome."""
    used = ("morning-spike", "nightly-sync", "referral-burst", "capacity", "soak")
    assert sum(compressed(read_profile(FOLDER / f"{name}.toml")).duration_s for name in used) <= 50
