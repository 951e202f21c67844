import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from gauntlet.errors import HarnessError, Inconclusive
from gauntlet.issuer.keys import KeyRing
from gauntlet.issuer.wrong_tokens import WRONG_TOKENS
from gauntlet.tokens import EhrClient, EhrTokens, IssuerControl, IssuerTokens
from tests.gauntlet.wire import answer, serving


class Control:
    """A control client that remembers what it was asked."""

    def __init__(self):
        self.calls = []

    def call(self, method, path, body=None, **_):
        self.calls.append((method, path, body))


@pytest.fixture(scope="module")
def ring():
    return KeyRing.generate()


@pytest.fixture
def key_file(ring, tmp_path):
    path = tmp_path / "keys.json"
    ring.save(path)
    return path


@pytest.fixture
def tokens(key_file):
    return IssuerTokens(
        IssuerControl("http://issuer.test", Control(), "http://control.test"), "http://g/fhir", key_file
    )


def claims_of(token, ring):
    keys = KeySet.import_key_set(ring.jwks())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


def test_a_token_of_the_issuer(tokens, ring):
    claims = claims_of(tokens.token("app-1", scope="patient/*.rs", patient="p1", user="Practitioner/1"), ring)
    assert (claims["iss"], claims["aud"], claims["client_id"]) == ("http://issuer.test", "http://g/fhir", "app-1")
    assert (claims["scope"], claims["patient"], claims["fhirUser"]) == ("patient/*.rs", "p1", "Practitioner/1")
    assert claims["exp"] > time.time() > claims["iat"] - 5


def test_tokens_are_never_the_same_twice(tokens):
    assert tokens.token("app-1") != tokens.token("app-1")
    tokens.forget()


@pytest.mark.parametrize("lifetime", [-1.0, -60.0])
def test_a_negative_lifetime_has_passed_already(tokens, ring, lifetime):
    claims = claims_of(tokens.token("app-1", lifetime_s=lifetime), ring)
    assert claims["iat"] < claims["exp"] <= time.time() + lifetime + 2


@pytest.mark.parametrize("kind", WRONG_TOKENS)
def test_every_kind_of_wrong_token_is_another_one(tokens, kind):
    assert tokens.wrong(kind, "app-1") != tokens.token("app-1")


def test_a_rotation_is_noticed(tokens, key_file):
    before = tokens.token("app-1")
    other = KeyRing.generate()
    other.save(key_file)
    after = tokens.token("app-1")
    assert claims_of(after, other)["client_id"] == "app-1"
    assert before.split(".")[0] != after.split(".")[0]  # another key id


def test_an_outage_of_the_issuer_ends_with_its_block():
    control = Control()
    with serving(answer("503 Down")) as server:
        issuer = IssuerControl(server.url, control, "http://control.test")
        with issuer.unavailable():
            assert control.calls == [("PUT", "/available", {"available": False, "mode": "503"})]
        assert control.calls[-1] == ("PUT", "/available", {"available": True})
        issuer.rotate()
        assert control.calls[-1] == ("POST", "/rotate", None)


def test_an_outage_that_takes_no_effect_proves_nothing():
    control = Control()
    with serving(answer("200 OK")) as server:
        issuer = IssuerControl(server.url, control, "http://control.test")
        with pytest.raises(Inconclusive, match="the issuer still answers"), issuer.unavailable():
            pytest.fail("the block must not run")
    assert control.calls[-1] == ("PUT", "/available", {"available": True})


def token_answer(token="t0k"):
    return answer("200 OK", json.dumps({"access_token": token, "token_type": "bearer"}).encode())


def test_a_client_of_the_ehr():
    control = Control()
    with serving(token_answer()) as server:
        client = EhrClient(control, f"{server.url}/token", "app-1")
        assert client.fetch() == "t0k"
    method, path, body = control.calls[0]
    assert (method, path, body["scopes"]) == ("PUT", "/clients/app-1", ["system/*.*"])
    assert "d" not in body["jwks"]["keys"][0]  # the private half stays here
    form = server.requests[0].partition(b"\r\n\r\n")[2]
    assert b"grant_type=client_credentials" in form
    assert b"client_assertion=ey" in form


@pytest.mark.parametrize("sent", [answer("401 No", b"invalid_client"), answer("429 Slow", b"")])
def test_an_ehr_that_gives_no_token(sent):
    with serving(sent) as server, pytest.raises(HarnessError, match=r"the EHR gives app-1 no token: 4"):
        EhrClient(Control(), server.url, "app-1").fetch()


def test_tokens_of_the_ehr_are_reused_within_a_check(tokens):
    with serving(token_answer()) as server:
        source = EhrTokens(Control(), server.url, tokens)
        assert source.token("app-1", scope="anything", patient="p1") == source.token("app-1") == "t0k"
        assert len(server.requests) == 1
        source.token("app-2")
        source.forget()
        source.token("app-1")
        assert len(server.requests) == 3
        assert source.token("app-1", lifetime_s=-5).count(".") == 2  # a forged one, of the issuer's making
        assert source.wrong("expired", "app-1") != "t0k"
    with pytest.raises(Inconclusive, match="there is no issuer"):
        source.require_issuer()


def test_the_issuer_of_issued_tokens(tokens):
    assert tokens.require_issuer().url == "http://issuer.test"


def test_who_came_for_the_attackers_key(key_file):
    asked = {
        "entries": [{"endpoint": name} for name in ("jwks", "attacker-jwks", "introspect", "attacker-certificate")]
    }
    issuer = IssuerControl("http://issuer.test", SimpleNamespace(call=lambda *_: asked), "http://control.test")
    issued = IssuerTokens(issuer, "http://g/fhir", key_file)
    of_the_ehr = EhrTokens(Control(), "http://ehr.test", issued)
    assert issued.attacker_visits() == of_the_ehr.attacker_visits() == ["attacker-jwks", "attacker-certificate"]


def test_an_ehr_that_does_not_answer_proves_nothing():
    with serving(lambda connection, _: connection.close()) as server, pytest.raises(Inconclusive, match="no token"):
        EhrClient(Control(), server.url, "app-1").fetch()


def test_one_client_is_registered_once_whoever_asks_first(tokens):
    control = Control()
    with serving(token_answer()) as server:
        source = EhrTokens(control, server.url, tokens)
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(source.token, ["app-1"] * 8)) == {"t0k"}
    assert (len(control.calls), len(server.requests)) == (1, 1)


def test_tokens_of_the_ehr_are_fetched_where_no_fault_lies(tokens):
    with serving(token_answer()) as server:
        source = EhrTokens(Control(), "http://127.0.0.1:9/token", tokens, way=f"{server.url}/token")
        assert source.token("app-1") == "t0k"
        form = server.requests[0].decode()
    said = form.partition("client_assertion=")[2].partition("&")[0].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    assert claims["aud"] == "http://127.0.0.1:9/token"  # the address that the EHR goes by
