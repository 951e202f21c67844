import itertools
import json
import sys

import pytest

from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.observe.audit import FIELDS, AuditTrailReader

NAMES = {**{name: name for name in FIELDS}, "patient": "patient_id"}


@pytest.fixture
def trail(tmp_path):
    return AuditTrailReader(tmp_path / "audit.jsonl", NAMES, ())


def write(trail, *records, end="\n"):
    with trail.path.open("a") as file:
        file.write("\n".join(json.dumps(item) if isinstance(item, dict) else item for item in records) + end)


def test_records_under_our_names(trail):
    write(trail, {"patient_id": "p1", "status": 200, "more": "x"})
    record = trail.records()[0]
    assert (record["patient"], record["status"], record["user"]) == ("p1", 200, None)
    assert set(record) == set(FIELDS)


def test_only_what_came_since(trail):
    write(trail, {"patient_id": "p1"})
    since = trail.size()
    write(trail, {"patient_id": "p2"})
    assert [item["patient"] for item in trail.records(since)] == ["p2"]
    assert len(trail.lines()) == 2


BROKEN = ["not json", "[1]", '"text"', "1", "{", "null", '{"a":1} {"b":2}', "[" * 100_000]


@pytest.mark.parametrize("line", BROKEN, ids=lambda line: line[:20])
def test_a_line_that_is_no_json_object_is_the_gateways_failure(trail, line):
    write(trail, {"patient_id": "p1"}, line, {"patient_id": "p2"})
    with pytest.raises(CheckFailed, match="a line that is not a JSON object") as caught:
        trail.records()
    assert caught.value.actual == line[:200]


def test_a_line_in_the_middle_of_its_writing_is_waited_for(trail):
    write(trail, {"patient_id": "p1"}, '{"patient_id": "p', end="")
    assert [item["patient"] for item in trail.records()] == ["p1"]
    write(trail, '2"}')
    assert [item["patient"] for item in trail.records()] == ["p1", "p2"]


def test_a_last_line_without_its_end_and_empty_lines_count(trail):
    write(trail, {"patient_id": "p1"}, "", {"patient_id": "p2"}, end="")
    assert [item["patient"] for item in trail.records()] == ["p1", "p2"]


def test_without_a_trail_nothing_is_proven(tmp_path):
    nowhere = AuditTrailReader(None, {}, ())
    for read in (nowhere.size, nowhere.records, nowhere.lines):
        with pytest.raises(Inconclusive, match=r"\[observe\.audit\] file"):
            read()
    absent = AuditTrailReader(tmp_path / "absent", NAMES, ())
    assert absent.size() == 0
    with pytest.raises(Inconclusive, match="cannot be read: No such file"):
        absent.records()


def test_a_trail_that_became_shorter_proves_nothing(trail):
    write(trail, {"patient_id": "p1"}, {"patient_id": "p2"})
    since = trail.size()
    trail.path.write_bytes(b"")
    with pytest.raises(Inconclusive, match="truncated or rotated"):
        trail.records(since)


def test_waiting_for_records(trail):
    write(trail, {"patient_id": "p1"}, {"patient_id": "p2"}, {"patient_id": "p1"})
    found = trail.wait_for(0, lambda record: record["patient"] == "p1", 2, clock=lambda: 0.0)
    assert len(found) == 2


def test_waiting_in_vain_returns_what_there_is(trail):
    write(trail, {"patient_id": "p1"})
    ticks = itertools.count(0, 3)
    found = trail.wait_for(0, lambda record: record["patient"] == "p1", 2, clock=lambda: float(next(ticks)))
    assert len(found) == 1


@pytest.mark.parametrize(("code", "intact"), [("0", True), ("1", False), ("3", False)])
def test_verification(tmp_path, code, intact):
    script = f"import sys; print('read', sys.argv[1][-5:]); print('why', file=sys.stderr); sys.exit({code})"
    reader = AuditTrailReader(tmp_path / "a", NAMES, (sys.executable, "-c", script))
    assert reader.verification(tmp_path / "trail") == (intact, "read trail\nwhy")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ((), "names no verification command"),
        (("/no/such/program",), "the verification command /no/such/program did not run"),
    ],
)
def test_a_verification_that_cannot_run_proves_nothing(tmp_path, command, reason):
    with pytest.raises(Inconclusive, match=reason):
        AuditTrailReader(tmp_path / "a", NAMES, command).verification(tmp_path / "a")
