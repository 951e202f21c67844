"""The authorization endpoint: what a user settles, and the page that everything wrong ends on."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from mock_ehr.authorizations import Launch
from mock_ehr.message import Request
from tests.mock_ehr.vendors.epic.launching import AUTHORIZE, CHALLENGE, FORM, REDIRECT, App, returned

DECISION = f"{AUTHORIZE}/decision"


def patient(desk: Any, index: int = 0) -> str:
    return desk.state.store.population.chart(index).id


def clinician(desk: Any) -> str:
    return "Practitioner/" + next(desk.state.store.of_type("Practitioner")).id


def test_an_approved_request_comes_back_with_code_and_state(desk: Any) -> None:
    seen = App(desk).authorize()
    fields = returned(seen)
    assert fields.keys() == {"code", "state"}
    assert fields["state"] == "abc 123"
    assert len(fields["code"]) >= 43
    assert seen.headers["cache-control"] == "no-store"
    entry = desk.journal()[-1]
    assert (entry["kind"], entry["client_id"], entry["patients"]) == ("token", "app", [patient(desk)])
    assert fields["code"] not in str(entry)


def test_no_state_stays_no_state(desk: Any) -> None:
    assert returned(App(desk).authorize(state=None)).keys() == {"code"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"response_type": "token"}, "response_type"),
        ({"response_type": None}, "response_type"),
        ({"client_id": "other"}, "no client"),
        ({"client_id": None}, "no client"),
        ({"redirect_uri": REDIRECT + "/"}, "redirect_uri"),
        ({"redirect_uri": REDIRECT.upper()}, "redirect_uri"),
        ({"redirect_uri": REDIRECT + "?x=y"}, "redirect_uri"),
        ({"redirect_uri": None}, "redirect_uri"),
        ({"aud": None}, "aud"),
        ({"aud": "http://elsewhere.test/FHIR/api/FHIR/R4"}, "aud"),
        ({"aud": "http://ehr.test/fhir/api/FHIR/R4"}, "aud"),
        ({"code_challenge_method": "plain"}, "S256"),
        ({"code_challenge_method": None}, "S256"),
        ({"code_challenge": None}, "code_challenge"),
        ({"code_challenge": CHALLENGE + "="}, "code_challenge"),
        ({"scope": "launch patient/*.read"}, "launch token"),
        ({"scope": "launch", "launch": "unknown"}, "launch token"),
    ],
)
def test_what_is_wrong_ends_on_a_page_that_does_not_tell(desk: Any, changes: dict[str, Any], words: str) -> None:
    app = App(desk)
    assert app.authorize().status == 302
    seen = app.authorize(**changes)
    assert (seen.status, seen.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert "location" not in seen.headers
    assert words in desk.journal()[-1]["note"]
    assert words not in seen.body.decode()
    assert (b"invalid_launch_token" in seen.body) == (words == "launch token")


def test_a_parameter_twice_is_refused(desk: Any) -> None:
    query = urlencode(App(desk).asking()) + "&state=other"
    assert desk.send(Request("GET", AUTHORIZE, query, {})).status == 400


def test_a_trailing_slash_of_the_audience_is_forgiven(desk: Any) -> None:
    assert App(desk).authorize(aud="http://ehr.test/FHIR/api/FHIR/R4/").status == 302


@pytest.mark.parametrize(
    ("switches", "changes", "status"),
    [
        ({"aud_required": False}, {"aud": None}, 302),
        ({"aud_required": False}, {"aud": "http://x"}, 400),
        ({"pkce_required": True}, {"code_challenge": None, "code_challenge_method": None}, 400),
        ({}, {"code_challenge": None, "code_challenge_method": None}, 302),
        ({"authorize_failure_status": 200}, {"aud": None}, 200),
    ],
)
def test_switches(desk_with: Any, switches: dict[str, Any], changes: dict[str, Any], status: int) -> None:
    assert App(desk_with(**switches)).authorize(**changes).status == status


def post(desk: Any, form: dict[str, str]) -> Any:
    return desk.send(Request("POST", AUTHORIZE, "", {"content-type": FORM}, urlencode(form).encode()))


def test_a_launch_from_the_ehr_needs_no_page_and_works_once(desk: Any) -> None:
    app = App(desk, registration={"auto_approve": None})
    launch = Launch("app", clinician(desk), patient(desk, 1), "eEncounter", desk.ticker.now + 60)
    launches = desk.state.authorizations.launches
    asked = {"scope": "launch user/*.read", "launch": launches.add(launch)}
    body = app.log_in(**asked)
    assert (body["patient"], body["encounter"], body["need_patient_banner"]) == (
        patient(desk, 1),
        "eEncounter",
        "false",
    )
    assert app.authorize(**asked).status == 400
    by_post = app.asking(scope="launch", launch=launches.add(launch))
    assert post(desk, by_post).status == 302
    assert post(desk, app.asking()).status == 400
    stolen = App(desk, "thief")
    assert b"invalid_launch_token" in stolen.authorize(scope="launch", launch=launches.add(launch)).body
    late = launches.add(launch)
    desk.ticker.now += 60
    assert b"invalid_launch_token" in app.authorize(scope="launch", launch=late).body


def shown(desk: Any, **changes: str | None) -> tuple[Any, str]:
    seen = App(desk, registration={"auto_approve": None}).authorize(**changes)
    assert seen.status == 200
    return seen, re.search(r'name="ticket" value="([^"]+)"', seen.body.decode())[1]


def decide(desk: Any, ticket: str, **form: str) -> Any:
    form = {"ticket": ticket, "user": "", "patient": patient(desk), "other_patient": "", "decision": "allow"} | form
    return desk.send(Request("POST", DECISION, "", {"content-type": FORM}, urlencode(form).encode()))


def test_the_page_lets_one_pick_user_and_patient(desk: Any) -> None:
    seen, ticket = shown(desk)
    text = seen.body.decode()
    assert seen.headers["x-frame-options"] == "DENY"
    assert patient(desk) in text
    assert clinician(desk) in text
    assert "patient/*.read" in unescape(text)
    assert returned(decide(desk, ticket, patient=patient(desk, 3)))["state"] == "abc 123"
    assert desk.journal()[-1]["patients"] == [patient(desk, 3)]
    assert decide(desk, ticket).status == 400
    _, ticket = shown(desk)
    assert returned(decide(desk, ticket, other_patient=f" {patient(desk, 39)} ")).keys() == {"code", "state"}
    assert desk.journal()[-1]["patients"] == [patient(desk, 39)]


@pytest.mark.parametrize("form", [{"patient": "eUnknown"}, {"patient": ""}, {"user": "Practitioner/eUnknown"}])
def test_a_choice_that_cannot_be_is_refused(desk: Any, form: dict[str, str]) -> None:
    _, ticket = shown(desk)
    assert decide(desk, ticket, **form).status == 400


def test_the_page_grows_old(desk: Any) -> None:
    _, ticket = shown(desk)
    desk.ticker.now += 600
    assert decide(desk, ticket).status == 400


def test_a_user_who_says_no_is_sent_back_with_an_error(desk_with: Any) -> None:
    desk = desk_with()
    _, ticket = shown(desk)
    assert returned(decide(desk, ticket, decision="deny")) == {"error": "access_denied", "state": "abc 123"}
    desk = desk_with(denial_redirects=False)
    _, ticket = shown(desk)
    assert decide(desk, ticket, decision="deny").status == 400


def test_the_page_escapes_what_it_shows(desk: Any) -> None:
    app = App(desk, "<b>app</b>", {"auto_approve": None})
    assert b"<b>app</b>" not in app.authorize().body
    assert b"&lt;b&gt;app" in app.authorize().body


def test_a_clinician_standalone_gets_no_patient(desk_with: Any) -> None:
    for switch in (False, True):
        desk = desk_with(standalone_clinician_patient=switch)
        choice = {"user": clinician(desk), "patient": patient(desk)}
        body = App(desk, registration={"auto_approve": choice}).log_in(scope="user/*.read")
        assert ("patient" in body) == switch


def test_a_new_client_has_to_spread_first(desk: Any) -> None:
    app = App(desk, registration={"propagation_s": 3600})
    assert app.authorize().status == 400
    assert "spread" in desk.journal()[-1]["note"]
    desk.state.clock.offset_s = 3600
    assert app.authorize().status == 302


def test_other_methods_end_on_the_page(desk: Any) -> None:
    assert desk.send(Request("PUT", AUTHORIZE, "", {})).status == 400
    assert desk.send(Request("GET", DECISION, "", {})).status == 400
