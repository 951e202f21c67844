from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from gauntlet.load.plan import (
    Order,
    PlanError,
    PlannedPatient,
    Token,
    check_address,
    check_plan,
    patients_of,
    read_order,
    write_order,
)

SHORT = {role: Token(value="t", expires_at=1033) for role in ("nurse", "physician")}
ONE = {"nurse": Token(value="t", expires_at=2e9)}


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://127.0.0.1:8080/fhir/R4", ("127.0.0.1", 8080, "/fhir/R4")),
        ("http://127.9.9.9/fhir/", ("127.9.9.9", 80, "/fhir")),
        ("http://localhost:1", ("localhost", 1, "")),
        ("https://127.0.0.1/fhir", ("127.0.0.1", 443, "/fhir")),
        ("http://[::1]:8080/x", ("::1", 8080, "/x")),
    ],
)
def test_this_machine_may_be_loaded(url: str, place: tuple[str, int, str]) -> None:
    assert check_address(url, allow_remote=False) == place


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/fhir", "http://ehr.example/fhir", "http://localhost.example/", "http://0.0.0.0:80/"],
)
def test_another_machine_needs_the_explicit_flag(url: str) -> None:
    with pytest.raises(PlanError) as caught:
        check_address(url, allow_remote=False)
    assert "not this machine" in str(caught.value)
    assert "allow_remote" in caught.value.hint
    assert check_address(url, allow_remote=True)[0] in url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://127.0.0.1/fhir", "not a FHIR base URL"),
        ("127.0.0.1:8080", "not a FHIR base URL"),
        ("http:///fhir", "not a FHIR base URL"),
        ("http://127.0.0.1/fhir?x=1", "not a FHIR base URL"),
        ("http://me:pw@127.0.0.1/fhir", "not a FHIR base URL"),
        ("http://127.0.0.1:99999/", "not a URL"),
        ("http://[::1/", "not a URL"),
    ],
)
def test_what_is_no_base_url_is_refused(url: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        check_address(url, allow_remote=True)


def test_a_complete_plan_is_accepted(profile, plan) -> None:
    check_plan(profile(), plan(), time.time())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"base_url": "http://ehr.example/"}, "refusing to load ehr.example"),
        ({"patients": []}, "names no patients"),
        ({"patients": [PlannedPatient(values={"patinet": "p"})]}, "patient 0 of the plan lacks it; did you"),
        ({"tokens": ONE}, "asks as 'physician', the plan has no token for that role"),
        ({"tokens": SHORT}, "the token of role 'nurse' lives 33 s, the run needs 34 s"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_at_once(profile, plan, changes, said) -> None:
    with pytest.raises(PlanError) as caught:
        check_plan(profile(), plan(**changes), now=1000.0)
    assert said in str(caught.value)


def test_the_patient_id_is_needed_even_when_no_request_uses_it(profile, plan, raw_profile) -> None:
    mix = [{**raw_profile()["mix"][0], "request": "Patient?identifier={mrn}"}]
    with pytest.raises(PlanError, match="lacks the value 'patient'"):
        check_plan(profile(mix=mix), plan(patients=[PlannedPatient(values={"mrn": "1"})]), time.time())


@pytest.fixture
def order(profile, plan, tmp_path: Path) -> Order:
    return Order(profile=profile(), plan=plan(), result=tmp_path / "raw.json", progress=tmp_path / "p.ndjson")


def test_an_order_comes_back_the_same_and_only_its_owner_can_read_it(order: Order, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = write_order(order, tmp_path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_order(path, time.time()) == order


def test_the_margin_for_starting_is_not_asked_for_twice(order: Order, tmp_path: Path) -> None:
    path = write_order(order, tmp_path)
    expires = order.plan.tokens["nurse"].expires_at
    assert read_order(path, expires - 5).plan == order.plan  # the run takes 2 s and 2 s of drain
    with pytest.raises(PlanError, match="lives 3 s, the run needs 4 s"):
        read_order(path, expires - 3)


def test_tokens_are_never_shown(order: Order, tmp_path: Path) -> None:
    assert "secret-nurse" not in repr(order)
    path = write_order(order, tmp_path)
    path.write_text(path.read_text().replace('"seed":7', '"sead":7'), encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        read_order(path, time.time())
    assert "secret-" not in str(caught.value)
    assert "plan.sead: extra_forbidden" in str(caught.value)


def test_a_token_cannot_smuggle_a_header() -> None:
    with pytest.raises(ValueError, match="pattern"):
        Token(value="t\r\nX-Evil: 1", expires_at=0)


def test_a_missing_order_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot be read"):
        read_order(tmp_path / "none.json", 0)


@dataclass
class Chart:
    id: str
    mrn: str


def test_patients_come_from_charts() -> None:
    assert patients_of([Chart("e1", "M1")]) == [PlannedPatient(values={"patient": "e1", "mrn": "M1"})]
