"""What the journal keeps, in which order, and what it never keeps."""

from __future__ import annotations

import pytest

from mock_ehr.facts import Facts
from mock_ehr.journal import KEPT_BODY, Entries, Entry, Journal
from mock_ehr.message import Answer, Request


class Tick:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def arrive(journal: Journal, patient: str = "p1", kind: str = "data", body: bytes = b"") -> Entry:
    request = Request("GET", "/x", "a=b", {"authorization": "Bearer secret-token", "accept": "a/b"}, body)
    return journal.open(request, Facts(kind=kind, path="/x", patients=(patient,), token="digest"))


def seqs(found: tuple[Entries, int]) -> list[int]:
    return [entry.seq for entry in found[0]]


def test_entries_come_in_order_after_a_number() -> None:
    journal = Journal(Tick(), Tick())
    for _ in range(5):
        journal.close(arrive(journal), Answer(200), 0, "answered")
    assert seqs(journal.since(0)) == [1, 2, 3, 4, 5]
    assert seqs(journal.since(3)) == [4, 5]
    for beyond in (5, 99):
        assert (seqs(journal.since(beyond)), journal.since(beyond)[1]) == ([], beyond)


def test_filters_by_patient_and_kind() -> None:
    journal = Journal(Tick(), Tick())
    for patient, kind in (("p1", "data"), ("p2", "data"), ("p1", "token")):
        journal.close(arrive(journal, patient, kind), Answer(200), 0, "answered")
    assert seqs(journal.since(0, patient="p1")) == [1, 3]
    assert seqs(journal.since(0, kind="token")) == [3]
    assert seqs(journal.since(0, patient="p1", kind="data")) == [1]
    assert seqs(journal.since(0, patient="nobody")) == []
    assert journal.since(0, patient="nobody")[1] == 3
    assert seqs(journal.since(0, kind="no such")) == []


def test_next_never_passes_an_open_entry() -> None:
    journal = Journal(Tick(), Tick())
    slow, quick = arrive(journal), arrive(journal)
    journal.close(quick, Answer(200), 0, "answered")
    entries, following = journal.since(0)
    assert [(entry.seq, entry.outcome, entry.status) for entry in entries] == [(1, "open", None), (2, "answered", 200)]
    assert following == 0
    journal.close(slow, Answer(503), 0, "answered")
    assert journal.since(following)[1] == 2
    assert [entry.status for entry in journal.since(following)[0]] == [503, 200]


def test_an_open_entry_of_somebody_else_holds_nobody_up() -> None:
    journal = Journal(Tick(), Tick())
    arrive(journal, "p1")
    journal.close(arrive(journal, "p2"), Answer(200), 0, "answered")
    assert journal.since(0, patient="p2")[1] == 2


def test_a_limit_gives_the_rest_later() -> None:
    journal = Journal(Tick(), Tick())
    for _ in range(5):
        journal.close(arrive(journal), Answer(200), 0, "answered")
    entries, following = journal.since(1, limit=2)
    assert ([entry.seq for entry in entries], following) == ([2, 3], 3)


def test_keeps_the_newest_and_counts_the_dropped() -> None:
    journal = Journal(Tick(), Tick(), keep=3)
    for _ in range(5):
        journal.close(arrive(journal), Answer(200, b"body"), 4, "answered")
    assert seqs(journal.since(0)) == [3, 4, 5]
    assert journal.dropped == 2
    assert journal.counters()["exchanges"]["answered"] == 5


def test_numbers_go_on_after_a_reset() -> None:
    journal = Journal(Tick(), Tick())
    arrive(journal)
    journal.reset()
    assert seqs(journal.since(0)) == []
    assert arrive(journal).seq == 2


def test_cuts_bodies_and_hides_the_bearer_token() -> None:
    journal = Journal(Tick(), Tick())
    entry = arrive(journal, body=b"q" * 9000)
    journal.close(entry, Answer(200, b"r" * 9000, "a/b"), 9000, "answered")
    shown = entry.as_dict()
    assert (len(shown["request_body"]), len(shown["response_body"])) == (KEPT_BODY, KEPT_BODY)
    assert shown["response_bytes"] == 9000
    assert "secret-token" not in str(shown)
    assert shown["request_headers"] == {"authorization": "Bearer (hidden)", "accept": "a/b"}
    assert shown["token"] == "digest"
    assert shown["response_headers"] == {"Content-Type": "a/b"}


def test_older_entries_lose_their_bodies_first() -> None:
    journal = Journal(Tick(), Tick(), keep_bodies=10_000)
    for _ in range(4):
        journal.close(arrive(journal), Answer(200, b"r" * 4000), 4000, "answered")
    journal.close(arrive(journal), Answer(204), 0, "answered")
    entries = list(journal.since(0)[0])
    assert [entry.bodies_kept for entry in entries] == [False, False, True, True, True]
    assert [len(entry.response_body) for entry in entries] == [0, 0, 4000, 4000, 0]
    assert entries[0].status == 200


def test_an_ended_exchange_comes_back_as_it_was() -> None:
    journal = Journal(Tick(), Tick())
    entry = arrive(journal, body=b"sent")
    entry.assertion = {"header": {"alg": "RS384"}, "claims": {"exp": 1}}
    entry.faults.append("storm")
    entry.note = "said no"
    answer = Answer(429, b"got", "a/b", (("Retry-After", "2"),), patients=("p9",))
    entry.patients = ("p1", "p9")
    journal.close(entry, answer, 3, "answered")
    found = journal.since(0, patient="p9")[0][0]
    assert found is not entry
    assert found.as_dict() == entry.as_dict()
    assert found.facts == entry.facts


def test_what_cannot_be_packed_is_kept_as_it_is() -> None:
    journal = Journal(Tick(), Tick())
    entry = arrive(journal)
    entry.assertion = {"claims": {"odd": object()}}
    journal.close(entry, Answer(200, b"got"), 3, "answered")
    assert journal.since(0)[0][0] is entry


def test_drops_the_oldest_beyond_a_number_of_bytes() -> None:
    journal = Journal(Tick(), Tick(), keep_bytes=20_000)
    for number in range(200):
        entry = journal.open(Request("GET", f"/x/{number}", "", {"traceparent": f"{number:055}"}), Facts())
        journal.close(entry, Answer(200), 0, "answered")
    kept = journal.since(0)[0]
    assert 20 < len(kept) < 80
    assert kept[-1].request.path == "/x/199"
    assert journal.dropped == 200 - len(kept)
    assert journal.counters()["journal"] == len(kept)


def test_stays_right_after_its_rows_moved_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_ehr.journal.GAP", 10)
    journal = Journal(Tick(), Tick(), keep=5)
    slow = arrive(journal, "p0")
    for number in range(1, 48):
        journal.close(arrive(journal, f"p{number % 3}"), Answer(200, b"body"), 4, "answered")
    journal.close(slow, Answer(200), 0, "answered")
    assert seqs(journal.since(0)) == [44, 45, 46, 47, 48]
    assert seqs(journal.since(46)) == [47, 48]
    assert seqs(journal.since(0, patient="p2")) == [45, 48]


def test_entries_that_are_dropped_while_they_are_read_are_passed_over() -> None:
    journal = Journal(Tick(), Tick(), keep=3)
    for _ in range(3):
        journal.close(arrive(journal), Answer(200), 0, "answered")
    entries, _ = journal.since(0)
    journal.close(arrive(journal), Answer(200), 0, "answered")
    assert [entry.seq for entry in entries] == [2, 3]
    assert [entry.seq for entry in entries[1:]] == [2, 3]
    with pytest.raises(IndexError, match="holds 2 to 4, not 1"):
        entries[0]


def test_an_exchange_that_ends_after_a_reset_is_not_of_this_journal() -> None:
    journal = Journal(Tick(), Tick())
    entry = arrive(journal)
    journal.reset()
    journal.close(entry, Answer(200, b"x"), 1, "answered")
    assert seqs(journal.since(0)) == []


def test_an_aborted_exchange_has_no_answer() -> None:
    tick = Tick()
    journal = Journal(tick, tick)
    entry = arrive(journal)
    tick.now += 0.25
    journal.close(entry, Answer(200, b"x"), 1, "aborted")
    shown = entry.as_dict()
    assert (shown["outcome"], shown["status"], shown["response_body"], shown["duration_ms"]) == (
        "aborted",
        None,
        "",
        250.0,
    )
