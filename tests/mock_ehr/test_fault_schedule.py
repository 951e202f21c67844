"""When a fault strikes: counts, windows relative to arming and on the EHR's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mock_ehr.behaviours import FaultError
from mock_ehr.facts import ClientCertificate, Facts
from mock_ehr.fault_schedule import Moment
from mock_ehr.faults import FaultBook, Tally, decide, parse_fault

STORM = {"kind": "storm"}
NOON = datetime.fromisoformat("2026-06-15T12:00:00+00:00").timestamp()


def made(schedule: dict[str, Any], **more: Any) -> Any:
    return parse_fault({"behaviour": STORM, "schedule": schedule, **more}, "f")


def hits(schedule: dict[str, Any], times: int) -> str:
    tally, seen = Tally(), ""
    for _ in range(times):
        tally, hit = decide(made(schedule), tally, Facts(), Moment(0.0))
        seen += "x" if hit else "."
    return seen


@pytest.mark.parametrize(
    ("schedule", "pattern"),
    [
        ({}, "xxxxxxxxxx"),
        ({"nth": [1, 4]}, "x..x......"),
        ({"nth": [2], "skip": 3}, "....x....."),
        ({"every": 3}, "..x..x..x."),
        ({"every": 3, "skip": 1, "first": 2}, "...x..x..."),
        ({"first": 2}, "xx........"),
        ({"share": 0.0}, ".........."),
    ],
)
def test_counts(schedule: dict[str, Any], pattern: str) -> None:
    assert hits(schedule, 10) == pattern


@pytest.mark.parametrize(
    ("schedule", "ages"),
    [
        ({"from_s": 5}, [5.0, 6.0, 10.1, 100.0]),
        ({"for_s": 5}, [0.0, 1.0, 4.9]),
        ({"from_s": 5, "for_s": 5}, [5.0, 6.0]),
        ({"period_s": 4, "on_s": 1}, [0.0, 4.9, 100.0]),
        ({"from_s": 1, "period_s": 4, "on_s": 2}, [1.0, 5.0, 6.0, 10.1]),
    ],
)
def test_windows_relative_to_arming(schedule: dict[str, Any], ages: list[float]) -> None:
    probes = [0.0, 1.0, 4.9, 5.0, 6.0, 10.1, 100.0]
    assert [age for age in probes if made(schedule).schedule.open_at(Moment(age))] == ages


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        ({"after": "2026-06-15T12:00:00Z"}, [0, 1, 24]),
        ({"before": "2026-06-15T14:00:00+02:00"}, [-12, -1]),
        ({"after": "2026-06-15T11:00:00Z", "before": "2026-06-15T13:00:00Z"}, [-1, 0]),
        ({"daily": "12:00-13:00"}, [0, 24]),
        ({"daily": "23:00-00:30"}, [-12]),
        ({"daily": "11:00-24:00"}, [-1, 0, 1, 24]),
    ],
)
def test_windows_on_the_clock_of_the_ehr(schedule: dict[str, Any], hours: list[int]) -> None:
    probes = [-12, -1, 0, 1, 24]
    found = [hour for hour in probes if made(schedule).schedule.open_at(Moment(0.0, NOON + hour * 3600))]
    assert found == hours


def test_what_is_outside_the_window_is_not_counted() -> None:
    now = [NOON]
    book = FaultBook(lambda: 0.0, lambda: now[0])
    book.arm({"behaviour": STORM, "schedule": {"daily": "12:00-13:00", "nth": [2]}})
    now[0] = NOON - 3600
    assert book.strike(Facts()) == []
    now[0] = NOON
    assert [len(book.strike(Facts())) for _ in range(3)] == [0, 1, 0]


def test_old_definitions_keep_the_schedule_in_the_match() -> None:
    fault = parse_fault({"behaviour": STORM, "match": {"kind": "data", "skip": 1, "first": 2, "for_s": 9}}, "f")
    assert (fault.match.kind, fault.schedule.skip, fault.schedule.first, fault.schedule.for_s) == ("data", 1, 2, 9)


@pytest.mark.parametrize(
    ("certificate", "shown", "fits"),
    [
        ("partner-*", ClientCertificate("partner-7", "abc"), True),
        ("abc", ClientCertificate("partner-7", "abc"), True),
        ("other", ClientCertificate("partner-7", "abc"), False),
        ("*", None, False),
        ("", None, True),
    ],
)
def test_matches_client_certificates(certificate: str, shown: ClientCertificate | None, fits: bool) -> None:
    assert made({}, match={"certificate": certificate}).match.fits(Facts(client_certificate=shown)) is fits


def test_draws_depend_on_seed_and_number_alone() -> None:
    def drawn(seed: int) -> list[float]:
        book = FaultBook(lambda: 0.0)
        book.arm({"behaviour": {"kind": "duplicate"}, "seed": seed})
        return [strike.draw().random() for _ in range(5) for strike in book.strike(Facts())]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert len(set(drawn(1))) == 5


@pytest.mark.parametrize(
    ("raw", "key", "words"),
    [
        ({"schedule": {"evry": 2}}, "schedule.evry", "did you mean every"),
        ({"schedule": {"every": 0}}, "schedule.every", "from 1 to"),
        ({"schedule": {"nth": 3}}, "schedule.nth", "list of whole numbers"),
        ({"schedule": {"nth": [0]}}, "schedule.nth", "nth is 0"),
        ({"schedule": {"period_s": 3}}, "schedule.period_s", "belong together"),
        ({"schedule": {"period_s": 3, "on_s": 4}}, "schedule.on_s", "from 0 to 3"),
        ({"schedule": {"daily": "7:30-8"}}, "schedule.daily", '"07:30-08:15"'),
        ({"schedule": {"after": "tomorrow"}}, "schedule.after", "an instant with a zone"),
        ({"schedule": {"before": "2026-06-15T12:00:00"}}, "schedule.before", "an instant with a zone"),
        ({"schedule": {"skip": 1}, "match": {"skip": 2}}, "schedule.skip", "give it once"),
        ({"schedule": []}, "schedule", "it is an object"),
        ({"match": {"shar": 0.5}}, "match.shar", "did you mean share"),
        ({"match": {"share": "x"}}, "match.share", "a number from 0 to 1"),
        ({"match": {"kind": "dat"}}, "match.kind", "did you mean data"),
        ({"match": {"kind": "connection"}}, "behaviour.kind", "storm cannot strike a connection"),
        ({"match": {"kind": "connection", "type": "Patient"}}, "match.kind", "by its kind alone"),
        ({"behaviour": {"kind": "certificate", "shown": "old"}}, "behaviour.shown", "valid: good, expired"),
        ({"behaviour": {"kind": "delay", "seconds": 1, "distribution": {}}}, "behaviour.seconds", "not both"),
        (
            {"behaviour": {"kind": "delay", "distribution": {"kind": "parto"}}},
            "behaviour.distribution.kind",
            "did you mean pareto",
        ),
        ({"behaviour": {"kind": "gzip", "flaw": "twise"}}, "behaviour.flaw", "did you mean twice"),
        ({"behaviour": {"kind": "header"}}, "behaviour.flaw", "changes nothing"),
        ({"behaviour": {"kind": "unit-drift", "to": "x"}}, "behaviour.from", "'from' is missing"),
        ({"behaviour": {"kind": "drip", "bytes": 0, "interval_s": 1}}, "behaviour.bytes", "from 1 to"),
        ({"behaviour": {"kind": "chunking", "flaw": "noend"}}, "behaviour.flaw", "did you mean no-end"),
    ],
)
def test_says_which_key_is_wrong(raw: dict[str, Any], key: str, words: str) -> None:
    with pytest.raises(FaultError) as refused:
        parse_fault({"behaviour": STORM} | raw, "f")
    assert refused.value.key == key
    assert words in str(refused.value)
