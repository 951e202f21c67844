"""The audit trail's chain: what is changed shows, and a trail is continued where it ended."""

import itertools
import json

import pytest

from reference_gateway.__main__ import main
from reference_gateway.audit import AuditEvent, AuditTrail
from reference_gateway.audit_chain import BrokenTrail, verify, verify_file
from reference_gateway.clock import Clock

EVENT = AuditEvent("c", "app", None, "p", "Patient", "p", "read", "success", 200, 1.5, "permit")


@pytest.fixture
def trail(tmp_path):
    file = tmp_path / "audit.jsonl"
    trail = AuditTrail(file, Clock(wall=lambda: 1_800_000_000.123))
    for _ in range(4):
        trail.write(EVENT)
    trail.close()
    return file


def test_intact(trail, capsys):
    assert verify_file(trail) == 4
    record = json.loads(trail.read_text().splitlines()[0])
    assert record["time"] == "2027-01-15T08:00:00.123Z"
    assert main(["verify-audit", str(trail)]) == 0
    assert "4 records" in capsys.readouterr().out


TAMPERINGS = {
    "edited": (lambda lines: [lines[0], lines[1].replace(b'"app"', b'"you"'), *lines[2:]], "record 2: was edited"),
    "removed": (lambda lines: [lines[0], *lines[2:]], "record 2"),
    "first-removed": (lambda lines: lines[1:], "record 1"),
    "reordered": (lambda lines: [lines[0], lines[2], lines[1], lines[3]], "record 2"),
    "doubled": (lambda lines: [lines[0], lines[0], *lines[1:]], "record 2"),
    "no-json": (lambda lines: [lines[0], b"x", *lines[2:]], "record 2: is not JSON"),
    "last-removed": (lambda lines: lines[:-1], "record 4: is missing"),
    "emptied": (lambda lines: [], "record 1: is missing"),
}


@pytest.mark.parametrize(("tamper", "said"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampering_shows(trail, tamper, said, capsys):
    trail.write_bytes(b"".join(line + b"\n" for line in tamper(trail.read_bytes().splitlines())))
    with pytest.raises(BrokenTrail, match=said):
        verify_file(trail)
    assert main(["verify-audit", str(trail)]) == 1
    assert said in capsys.readouterr().out


def test_a_trail_is_continued_and_half_a_line_is_cut_off(trail):
    with trail.open("ab") as stream:
        stream.write(b'{"seq":5,"time":')
    again = AuditTrail(trail, Clock())
    again.write(EVENT)
    again.close()
    assert verify_file(trail) == 5
    numbers = [json.loads(line)["seq"] for line in trail.read_text().splitlines()]
    assert numbers == list(itertools.islice(itertools.count(1), 5))


def test_an_empty_trail_is_intact():
    assert verify([]) == 0


def test_a_missing_trail_is_a_usage_error(tmp_path, capsys):
    assert main(["verify-audit", str(tmp_path / "none")]) == 2
