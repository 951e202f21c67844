import os
import subprocess
import sys
from collections import Counter

import pytest

from gauntlet import places
from gauntlet.errors import UsageError
from gauntlet.history.operation import Kind
from gauntlet.history.workload import Fault, Profile, read_profile, schedule
from gauntlet.network.toxics import TOXICS
from gauntlet.scenario import fault

FOLDER = places.bundled("scenarios") / "histories"
PROFILE = Profile("p", 3, 8, 2, 2, 0.2, (Fault("a"), Fault("b", interaction="update"), Fault("c")))


def test_the_same_seed_is_the_same_schedule():
    assert schedule(PROFILE, 7, updates=True) == schedule(PROFILE, 7, updates=True)
    assert schedule(PROFILE, 7, updates=True) != schedule(PROFILE, 8, updates=True)


def test_the_same_seed_is_the_same_schedule_in_another_process():
    code = (
        "from gauntlet import places; from gauntlet.history.workload import read_profile, schedule;"
        "profile = read_profile('creates-and-updates', places.bundled('scenarios') / 'histories');"
        "print(schedule(profile, 7, updates=True))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert len(told.pop()) > 1000


def test_every_fault_comes_once_before_any_comes_twice():
    faults = [item.fault for item in schedule(PROFILE, 7, updates=True)]
    assert faults[::2] == [None] * 4
    assert Counter(item.name for item in faults[1:6:2]) == {"a": 1, "b": 1, "c": 1}


def test_values_and_records_are_unique():
    steps = [step for item in schedule(PROFILE, 7, updates=True) for step in item.steps]
    assert max(Counter(step.value for step in steps).values()) == 1
    assert max(Counter(step.record for step in steps if step.kind is Kind.CREATE).values()) == 1
    assert any(step.bad for step in steps)


def test_updates_go_to_records_of_earlier_rounds_and_are_contested():
    known, contested = set(), 0
    for item in schedule(PROFILE, 7, updates=True):
        updated = [step.record for step in item.steps if step.kind is Kind.UPDATE]
        assert set(updated) <= known
        contested += max(Counter(updated).values(), default=0) > 1
        known |= {step.record for step in item.steps if step.kind is Kind.CREATE}
    assert contested > 3


def test_without_updates_there_are_creates_alone():
    rounds = schedule(PROFILE, 7, updates=False)
    assert {step.kind for item in rounds for step in item.steps} == {Kind.CREATE}
    assert all(item.fault is None or item.fault.interaction != "update" for item in rounds)


def test_a_client_has_its_own_steps_in_order():
    (first, *_) = schedule(PROFILE, 7, updates=True)
    assert sorted(step.value for client in range(3) for step in first.of_client(client)) == sorted(
        step.value for step in first.steps
    )


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_bundled_profiles_name_faults_that_exist(path):
    profile = read_profile(path.stem, FOLDER)
    for item in profile.faults:
        if item.where == "ehr":
            assert fault(item.name)["name"] == item.name
        else:
            assert item.name in TOXICS
            assert item.where in ("ehr network", "consumer network")


def test_what_is_no_profile(tmp_path):
    (tmp_path / "short.toml").write_text('why = "too short"\n')
    with pytest.raises(UsageError, match="no profile of a history"):
        read_profile("short", tmp_path)
    with pytest.raises(UsageError, match="did you mean 'short'"):
        read_profile("shirt", tmp_path)
