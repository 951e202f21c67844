import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gauntlet.history.checker import violations
from gauntlet.history.operation import Held, History, Kind, Operation, Status
from tests.gauntlet.history.cases import history

CREATED = ("create", "a", "a0", "ok")
HELD = ("id1", "a", "a0")


def kinds(rows, held=()):
    return [item.kind for item in violations(history(rows, held))]


@pytest.mark.parametrize(
    ("rows", "held"),
    [
        pytest.param([CREATED], [HELD], id="acknowledged and there"),
        pytest.param([("create", "a", "a0", "fail")], [], id="refused and not there"),
        pytest.param([("create", "a", "a0", "unknown")], [HELD], id="unknown and there"),
        pytest.param([("create", "a", "a0", "unknown")], [], id="unknown and not there"),
        pytest.param([CREATED, ("update", "a", "a1", "ok", "a0")], [("id1", "a", "a1")], id="updated"),
        pytest.param([CREATED, ("update", "a", "a1", "fail", "a0")], [HELD], id="update refused"),
        pytest.param([CREATED, ("update", "a", "a1", "unknown", "a0")], [HELD], id="update unknown, without effect"),
        pytest.param(
            [CREATED, ("update", "a", "a1", "unknown", "a0"), ("update", "a", "a2", "ok", "a1")],
            [("id1", "a", "a2")],
            id="an unknown update that a later one saw",
        ),
        pytest.param(
            [CREATED, ("update", "a", "a1", "unknown", "a0", 10, 11), ("update", "a", "a2", "ok", "a1", 5, 30)],
            [("id1", "a", "a2")],
            id="side by side",
        ),
        pytest.param([CREATED, ("delete", "a", "gone", "ok", "a0")], [], id="deleted"),
        pytest.param([CREATED, ("delete", "a", "gone", "unknown", "a0")], [], id="unknown delete with effect"),
        pytest.param([CREATED, ("delete", "a", "gone", "unknown", "a0")], [HELD], id="unknown delete without"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_good_histories(rows, held):
    assert kinds(rows, held) == []


@pytest.mark.parametrize(
    ("rows", "held", "expected"),
    [
        pytest.param([CREATED], [], ["lost"], id="acknowledged create lost"),
        pytest.param([CREATED], [HELD, ("id2", "a", "a0")], ["duplicate"], id="written twice"),
        pytest.param(
            [("create", "a", "a0", "unknown")], [HELD, ("id2", "a", "a0")], ["duplicate"], id="unknown and twice"
        ),
        pytest.param([("create", "a", "a0", "fail")], [HELD], ["refused"], id="refused and there"),
        pytest.param([], [HELD], ["stranger"], id="nobody wrote the record"),
        pytest.param([CREATED], [("id1", "a", "zz")], ["stranger"], id="nobody wrote the value"),
        pytest.param([CREATED, ("update", "a", "a1", "ok", "a0")], [HELD], ["lost"], id="acknowledged update lost"),
        pytest.param(
            [CREATED, ("update", "a", "a1", "ok", "a0"), ("update", "a", "a2", "ok", "a0")],
            [("id1", "a", "a2")],
            ["lost"],
            id="two updates of one version",
        ),
        pytest.param(
            [CREATED, ("update", "a", "a1", "fail", "a0")], [("id1", "a", "a1")], ["refused"], id="refused update there"
        ),
        pytest.param(
            [CREATED, ("update", "a", "a1", "fail", "a0"), ("update", "a", "a2", "ok", "a1")],
            [("id1", "a", "a2")],
            ["refused"],
            id="refused update, seen by a later one",
        ),
        pytest.param([CREATED, ("delete", "a", "gone", "ok", "a0")], [HELD], ["lost"], id="delete without effect"),
        pytest.param(
            [CREATED, ("update", "a", "a1", "ok", "a0"), ("delete", "a", "gone", "ok", "a0")],
            [],
            ["lost"],
            id="delete of an older version",
        ),
        pytest.param(
            [CREATED, ("delete", "a", "d1", "ok", "a0"), ("delete", "a", "d2", "ok", "a0")],
            [],
            ["lost"],
            id="deleted twice",
        ),
        pytest.param(
            [CREATED, ("update", "a", "a2", "ok", "a1", 10, 12), ("update", "a", "a1", "ok", "a0", 20, 22)],
            [("id1", "a", "a2")],
            ["disorder"],
            id="based on what was written later",
        ),
        pytest.param(
            [CREATED, ("update", "a", "a1", "ok", "a2"), ("update", "a", "a2", "ok", "a1")],
            [("id1", "a", "a1")],
            ["stranger"],
            id="based on each other",
        ),
    ],
)
def test_bad_histories(rows, held, expected):
    assert kinds(rows, held) == expected


def test_a_create_is_told_the_id_of_its_record():
    def told(location):
        create = Operation(0, "c", Kind.CREATE, "a", "a0", Status.OK, 0, 1, location=location)
        return [item.kind for item in violations(History(1, (create,), (Held("id1", "a", "a0"),)))]

    assert told("id1") == told("") == []
    assert told("id2") == ["misnamed"]


@pytest.mark.parametrize(
    "rows",
    [[CREATED, ("update", "b", "a0", "ok")], [CREATED, ("create", "a", "a1", "ok")]],
    ids=["a value twice", "two creates of one record"],
)
def test_unsound_histories_are_our_own_mistake(rows):
    with pytest.raises(ValueError, match="unsound"):
        violations(history(rows))


def sound(seed, count=40):
    """Return a history of a store that does everything right, some of its answers lost on the way."""
    dice = random.Random(seed)
    operations, state = [], {}
    for number in range(count):
        record = f"r{dice.randrange(5)}" if state else "r0"
        seen = state.get(record, "")
        kind = Kind.UPDATE if seen else Kind.CREATE
        if kind is Kind.CREATE and any(item.record == record for item in operations):
            continue
        value, takes_effect = f"{record}.{number}", dice.random() < 0.7
        status = Status.UNKNOWN if dice.random() < 0.3 else Status.OK if takes_effect else Status.FAIL
        if takes_effect:
            state[record] = value
        elif kind is Kind.CREATE:
            state.pop(record, None)
        operations.append(Operation(number, "c", kind, record, value, status, number, number + 0.5, seen))
    held = tuple(Held(f"id-{name}", name, value) for name, value in state.items())
    return History(seed, tuple(operations), held)


@given(st.integers(0, 10_000))
@settings(deadline=None)
def test_a_sound_store_is_never_blamed(seed):
    assert violations(sound(seed)) == []


@given(st.integers(0, 10_000), st.data())
@settings(deadline=None)
def test_whatever_is_spoiled_is_found(seed, data):
    good = sound(seed)
    if not good.held:
        return
    victim = data.draw(st.sampled_from(good.held))
    others = tuple(item for item in good.held if item is not victim)
    told = [item for item in good.operations if item.record == victim.record and item.status is Status.OK]
    twice = (*good.held, Held("another", victim.record, victim.value))
    assert "duplicate" in {item.kind for item in violations(History(seed, good.operations, twice))}
    if told:
        assert "lost" in {item.kind for item in violations(History(seed, good.operations, others))}
