"""How clients prove themselves: secrets, signatures, published keys, or nothing."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from joserfc import jwk, jwt

from mock_ehr.key_sets import Fetched, UnreachableError
from mock_ehr.message import Request
from tests.mock_ehr.conftest import ASSERTION_TYPE
from tests.mock_ehr.vendors.epic.launching import App, is_refused

KEYS_URL = "http://127.0.0.1:9/jwks"
EC_KEY = jwk.ECKey.generate_key("P-384", {"kid": "ec-1"})


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


@pytest.mark.parametrize(
    ("switch", "secret", "status"),
    [
        ("either", "s3cret/2", 200),
        ("either", "s3cret%2F2", 200),
        ("raw", "s3cret/2", 200),
        ("raw", "s3cret%2F2", 401),
        ("encoded", "s3cret%2F2", 200),
        ("encoded", "s3cret/2", 200),
        ("either", "wrong", 401),
        ("either", "", 401),
    ],
)
def test_client_secret_basic(desk_with: Any, switch: str, secret: str, status: int) -> None:
    app = App(desk_with(basic_credentials=switch))
    seen = app.redeem(app.code(), basic("app", secret))
    assert seen.status == status
    if status == 401:
        is_refused(seen, "invalid_client", 401)
        assert seen.headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"app").decode(), "Bearer x", basic("nobody", "x")]
)
def test_strange_authorization_headers(desk: Any, header: str) -> None:
    app = App(desk)
    is_refused(app.redeem(app.code(), header), "invalid_client", 401)


def test_the_status_of_a_wrong_header_is_a_switch(desk_with: Any) -> None:
    app = App(desk_with(basic_refusal_status=400))
    seen = app.redeem(app.code(), basic("app", "wrong"))
    is_refused(seen, "invalid_client")
    assert "www-authenticate" not in seen.headers


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "app", "client_secret": "s3cret/2"}, ""),
        ({"client_id": "app", "client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "nobody", "client_secret": "s3cret/2"}, "invalid_client"),
        ({"client_secret": "s3cret/2"}, "invalid_request"),
        ({"client_id": "app"}, "invalid_client"),
        ({}, "invalid_request"),
    ],
)
def test_client_secret_post(desk: Any, form: dict[str, str], error: str) -> None:
    app = App(desk)
    seen = app.redeem(app.code(), "", **form)
    if error:
        is_refused(seen, error)
    else:
        assert seen.status == 200


def test_more_than_one_proof_is_refused(desk: Any) -> None:
    app = App(desk)
    is_refused(app.redeem(app.code(), client_secret="s3cret/2", client_id="app"), "invalid_request")


def test_a_public_client_gives_its_name(desk: Any) -> None:
    app = App(desk, registration={"client_secret": None, "public": True})
    assert app.redeem(app.code(), "", client_id="app").status == 200
    is_refused(app.redeem(app.code(), "", client_id="app", client_secret="x"), "invalid_client")
    is_refused(app.redeem(app.code(), basic("app", "")), "invalid_client", 401)


def signing(desk: Any, key: Any, alg: str, kid: str | None, client_id: str = "app") -> str:
    claims = {"iss": client_id, "sub": client_id}
    return desk.assertion(claims, {"alg": alg, "kid": kid}, key)


def test_a_launch_with_a_signature(desk: Any) -> None:
    public = {"keys": [desk.key.as_dict(private=False)]}
    app = App(desk, registration={"client_secret": None, "jwks": public})
    proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signing(desk, desk.key, "RS384", "key-1")}
    code = app.code()
    assert app.redeem(code, "", **proof).status == 200
    is_refused(app.redeem(app.code(), "", **proof), "invalid_client")
    is_refused(app.redeem(app.code(), "", **(proof | {"client_assertion_type": "x"})), "invalid_request")


def test_a_launched_app_is_no_backend_system(desk: Any) -> None:
    public = {"keys": [desk.key.as_dict(private=False)]}
    App(desk, registration={"client_secret": None, "jwks": public})
    seen = desk.ask_token(signing(desk, desk.key, "RS384", "key-1"))
    is_refused(seen, "unauthorized_client")


def test_a_secret_is_not_enough_for_a_backend_token(desk: Any) -> None:
    app = App(desk)
    is_refused(app.post("/FHIR/oauth2/token", {"grant_type": "client_credentials"}), "invalid_request")


@pytest.mark.parametrize(
    ("mode", "alg", "kid", "status"),
    [
        ("like-url", "RS384", "key-1", 200),
        ("like-url", "RS384", "other", 400),
        ("like-url", "ES384", "ec-1", 200),
        ("uploaded", "RS384", "key-1", 200),
        ("uploaded", "RS384", "other", 200),
        ("uploaded", "ES384", "ec-1", 400),
        ("refused", "RS384", "key-1", 400),
    ],
)
def test_what_uploaded_keys_are_worth(desk_with: Any, mode: str, alg: str, kid: str, status: int) -> None:
    desk = desk_with(static_keys=mode)
    desk.register("app", jwks={"keys": [desk.key.as_dict(private=False), EC_KEY.as_dict(private=False)]})
    key = EC_KEY if alg == "ES384" else desk.key
    seen = desk.ask_token(signing(desk, key, alg, kid))
    assert seen.status == status
    if status == 400:
        is_refused(seen, "invalid_client")


class Publisher:
    """Keys under an address, and how often they were fetched."""

    def __init__(self, desk: Any, *keys: Any, cache_control: str = "") -> None:
        self.keys, self.cache_control, self.fetched = list(keys), cache_control, 0
        desk.state.key_sets.fetch = self
        desk.register("app", jwks=None, jwks_uri=KEYS_URL)

    async def __call__(self, address: str) -> Fetched:
        assert address == KEYS_URL
        self.fetched += 1
        await asyncio.sleep(0)
        if not self.keys:
            raise UnreachableError("nobody there")
        return Fetched(
            json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode(), self.cache_control
        )


def test_keys_are_fetched_once_and_kept_for_29_hours(desk: Any) -> None:
    publisher = Publisher(desk, desk.key, EC_KEY)
    assert desk.ask_token(signing(desk, desk.key, "RS384", "key-1")).status == 200
    assert desk.ask_token(signing(desk, EC_KEY, "ES384", "ec-1")).status == 200
    assert publisher.fetched == 1
    desk.ticker.now += 29 * 3600 - 1
    assert desk.ask_token(signing(desk, desk.key, "RS384", "key-1")).status == 200
    assert publisher.fetched == 1
    desk.ticker.now += 1
    assert desk.ask_token(signing(desk, desk.key, "RS384", "key-1")).status == 200
    assert publisher.fetched == 2


@pytest.mark.parametrize(
    ("cache_control", "after", "fetched"),
    [("max-age=60", 59, 1), ("max-age=60", 60, 2), ("no-store", 0, 2), ("public, max-age=999999999", 104_399, 1)],
)
def test_cache_control_is_honoured(desk: Any, cache_control: str, after: int, fetched: int) -> None:
    publisher = Publisher(desk, desk.key, cache_control=cache_control)
    assert desk.ask_token(signing(desk, desk.key, "RS384", "key-1")).status == 200
    desk.ticker.now += after
    assert desk.ask_token(signing(desk, desk.key, "RS384", "key-1")).status == 200
    assert publisher.fetched == fetched


def test_a_new_key_makes_it_look_again_once(desk: Any) -> None:
    publisher = Publisher(desk, desk.key)
    assert desk.ask_token(signing(desk, desk.key, "RS384", "key-1")).status == 200
    is_refused(desk.ask_token(signing(desk, EC_KEY, "ES384", "ec-1")), "invalid_client")
    assert publisher.fetched == 2
    publisher.keys.append(EC_KEY)
    assert desk.ask_token(signing(desk, EC_KEY, "ES384", "ec-1")).status == 200
    assert publisher.fetched == 3


def test_keys_that_cannot_be_had(desk: Any) -> None:
    publisher = Publisher(desk)
    is_refused(desk.ask_token(signing(desk, desk.key, "RS384", "key-1")), "invalid_client")
    assert "no keys" in desk.journal()[-1]["note"]
    publisher.keys.append(desk.key)
    assert desk.ask_token(signing(desk, desk.key, "RS384", "key-1")).status == 200


def test_what_is_wrong_without_the_keys_fetches_none(desk: Any) -> None:
    publisher = Publisher(desk, desk.key)
    is_refused(desk.ask_token(desk.assertion({"iss": "app", "sub": "gw"})), "invalid_client")
    is_refused(
        desk.ask_token(desk.assertion({"iss": "app", "sub": "app"}, {"jku": "http://evil.test"})), "invalid_client"
    )
    assert publisher.fetched == 0
    good = desk.assertion({"iss": "app", "sub": "app"}, {"jku": KEYS_URL})
    assert desk.ask_token(good).status == 200


def test_a_jti_is_not_used_up_by_a_fetch(desk: Any) -> None:
    Publisher(desk, desk.key)
    assertion = signing(desk, desk.key, "RS384", "key-1")
    assert desk.ask_token(assertion).status == 200
    is_refused(desk.ask_token(assertion), "invalid_client")


def test_a_new_registration_waits_and_an_old_one_goes_on(desk_with: Any) -> None:
    desk = desk_with(propagation_s=60.0)
    desk.register("app")
    is_refused(desk.ask_token(signing(desk, desk.key, "RS384", "key-1")), "invalid_client")
    assert "spread" in desk.journal()[-1]["note"]
    desk.ticker.now += 60
    assert desk.ask_token(signing(desk, desk.key, "RS384", "key-1")).json()["scope"] == "system/*.*"
    desk.register("app", scopes=["system/Patient.read"])
    assert desk.ask_token(signing(desk, desk.key, "RS384", "key-1")).json()["scope"] == "system/*.*"
    desk.ticker.now += 60
    assert desk.ask_token(signing(desk, desk.key, "RS384", "key-1")).json()["scope"] == "system/Patient.read"


def test_nan_is_no_time(desk: Any) -> None:
    claims = {"iss": "gw", "sub": "gw", "aud": "http://ehr.test/FHIR/oauth2/token", "jti": "n", "exp": float("nan")}
    head = base64.urlsafe_b64encode(b'{"alg":"RS384","kid":"key-1"}').rstrip(b"=")
    good = jwt.encode({"alg": "RS384", "kid": "key-1"}, {"x": 1}, desk.key, algorithms=["RS384"])
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    is_refused(desk.ask_token(f"{head.decode()}.{body.decode()}.{good.split('.')[2]}"), "invalid_client")
    assert "number" in desk.journal()[-1]["note"]


def test_the_journal_names_the_client_and_keeps_no_secret(desk: Any) -> None:
    app = App(desk)
    app.redeem(app.code(), "", client_id="app", client_secret="s3cret/2")
    entry = desk.journal()[-1]
    assert entry["client_id"] == "app"
    assert "s3cret" not in str(entry)
    app.redeem(app.code())
    assert desk.journal()[-1]["client_id"] == "app"
    desk.send(Request("POST", "/FHIR/oauth2/token", "", {"authorization": "Basic %%%"}, b"\xff"))
    assert desk.journal()[-1]["client_id"] is None
