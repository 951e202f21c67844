from __future__ import annotations

from gauntlet.issuer.journal import CAPACITY, Journal


def test_entries_are_numbered_and_found_by_number() -> None:
    times = iter([1.5, 2.5])
    journal = Journal(lambda: next(times))
    journal.note("jwks", "GET", "/jwks", 200)
    journal.note("token", "POST", "/token", 401, "app")
    assert journal.since(0)["next"] == 2
    assert [entry["seq"] for entry in journal.since(0)["entries"]] == [1, 2]
    (entry,) = journal.since(1)["entries"]
    assert entry == {
        "seq": 2,
        "at": 2.5,
        "endpoint": "token",
        "method": "POST",
        "path": "/token",
        "status": 401,
        "client_id": "app",
    }


def test_clearing_keeps_the_numbers_going() -> None:
    journal = Journal(lambda: 0.0)
    journal.note("jwks", "GET", "/jwks", 200)
    journal.clear()
    assert journal.since(0) == {"entries": [], "next": 1}
    journal.note("jwks", "GET", "/jwks", 200)
    assert [entry["seq"] for entry in journal.since(1)["entries"]] == [2]


def test_only_the_latest_entries_are_kept() -> None:
    journal = Journal(lambda: 0.0)
    for _ in range(CAPACITY + 5):
        journal.note("jwks", "GET", "/jwks", 200)
    kept = journal.since(0)
    assert (len(kept["entries"]), kept["entries"][0]["seq"], kept["next"]) == (CAPACITY, 6, CAPACITY + 5)
