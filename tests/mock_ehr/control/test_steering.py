"""Clock, tokens, clients, groups, protection and named faults through the control port."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mock_ehr.control.library import read_library


def test_the_clock_shows_what_it_is_told(live: Any) -> None:
    shown = live.control.put("/clock", json={"now": "2026-06-15T07:30:00-04:00", "frozen": True}).json()
    assert (shown["instant"], shown["frozen"]) == ("2026-06-15T11:30:00.000Z", True)
    assert live.control.post("/clock/advance", json={"seconds": 90}).json()["instant"] == "2026-06-15T11:31:30.000Z"
    assert live.control.post("/clock/resume").json()["frozen"] is False
    assert live.control.put("/clock", json={"offset_s": 0}).json()["offset_s"] == 0


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/clock", {}, "offset_s or now is missing"),
        ("/clock", {"offset_s": 1, "now": "2026-06-15T07:30:00Z"}, "both given"),
        ("/clock", {"now": "2026-06-15T07:30:00"}, "with a zone"),
        ("/clock", {"now": "yesterday"}, "with a zone"),
        ("/clock", {"ofset_s": 1}, "did you mean offset_s"),
        ("/clock", {"offset_s": 1e300}, "at most"),
        ("/clock/advance", {"seconds": -3e9}, "1970"),
        ("/clock/advance", {"seconds": "1"}, "it is a number"),
    ],
)
def test_a_wrong_clock_is_refused(live: Any, path: str, body: Any, words: str) -> None:
    answer = live.control.request("PUT" if path == "/clock" else "POST", path, json=body)
    assert answer.status_code == 400
    assert words in answer.json()["error"] + answer.json()["hint"]


def test_tokens_die_on_a_clock_that_moves_on(live: Any) -> None:
    live.control.post("/clock/advance", json={"seconds": 7200})
    assert live.data.get("Patient/x").status_code == 401


def test_one_token_dies_and_those_of_a_client(live: Any) -> None:
    tokens = live.running.state.tokens
    one, other, third = (tokens.issue(client) for client in ("gw", "app", "app"))
    assert live.control.post("/tokens/expire", json={"token": one.digest}).json() == {"expired": 1}
    assert [tokens.is_live(grant) for grant in (one, other, third)] == [False, True, True]
    assert live.control.post("/tokens/expire", json={"client_id": "app"}).json() == {"expired": 2}
    assert live.data.get("metadata").status_code == 200
    assert live.control.post("/tokens/expire", json={"token": one.digest}).status_code == 404
    assert live.control.post("/tokens/expire", json={"token": "a", "client_id": "b"}).status_code == 400


def test_a_removed_client_loses_its_tokens(live: Any) -> None:
    assert "gw" in live.control.get("/clients").json()["clients"]
    assert live.control.delete("/clients/gw").json() == {"removed": "gw", "expired": 1}
    assert live.data.get("Patient/x").status_code == 401
    assert live.control.delete("/clients/gw").status_code == 404


def test_groups_are_made_of_known_patients(live: Any) -> None:
    ids = [row["id"] for row in live.control.get("/patients", params={"first": 2, "count": 3}).json()["patients"]]
    assert live.control.put("/groups/g.1", json={"name": "Cohort", "members": ids}).json()["members"] == ids
    row = {"id": "g.1", "name": "Cohort", "size": 3}
    assert row in live.control.get("/groups").json()["groups"]
    assert live.control.put("/groups/g2", json={"members": ["nobody"]}).status_code == 404
    assert live.control.put("/groups/g_2", json={"members": ids}).status_code == 400
    assert live.control.delete("/groups/g.1").status_code == 200
    assert live.control.get("/groups/g.1").status_code == 404


def test_patients_behind_break_the_glass(live: Any) -> None:
    patient = live.control.get("/patients").json()["patients"][0]["id"]
    assert live.control.put(f"/break-the-glass/{patient}").json()["level"] == "break-the-glass"
    assert live.running.state.protected == {patient: "break-the-glass"}
    answer = live.control.put(f"/break-the-glass/{patient}", json={"level": "restrict"})
    assert "did you mean restricted" in answer.json()["error"]
    assert live.control.delete(f"/break-the-glass/{patient}").json()["removed"] is True
    assert live.control.delete(f"/break-the-glass/{patient}").json()["removed"] is False


def test_named_faults_are_armed_by_name(live: Any) -> None:
    named = {fault["name"]: fault for fault in live.control.get("/named-faults").json()["faults"]}
    assert named["storm-429"]["why"]
    assert live.control.post("/named-faults/storm-429").json()["name"] == "storm-429"
    assert live.data.get("Patient/x").status_code == 429
    answer = live.control.post("/named-faults/storm-42")
    assert (answer.status_code, "did you mean storm-429" in answer.json()["error"]) == (404, True)


def test_parts_can_be_reset(live: Any) -> None:
    live.control.put("/clock", json={"offset_s": 60})
    live.data.get("metadata")
    assert live.control.post("/reset", json={"parts": ["journal"]}).json()["parts"] == ["journal"]
    assert live.control.get("/clock").json()["offset_s"] == 60
    answer = live.control.post("/reset", json={"parts": ["jurnal"]})
    assert (answer.status_code, "did you mean journal" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[behaviour]\nkind = 'delai'", "did you mean delay"),
        ("why = 1\n[behaviour]\nkind = 'stall'", "why is 1"),
        ("behaviour = ", "cannot be read"),
    ],
)
def test_a_bad_fault_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.toml") as refused:
        read_library(tmp_path)
    assert words in str(refused.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such folder"):
        read_library(tmp_path / "nowhere")
