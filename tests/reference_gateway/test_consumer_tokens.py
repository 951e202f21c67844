"""Consumer tokens: who gets in, and that the defects in judging them let in exactly what they should not."""

import asyncio
import base64
import hashlib
import hmac
import json
import time

import pytest
from joserfc.jws import JWSRegistry

pytestmark = pytest.mark.anyio


def part(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def unsigned(w, alg):
    return f"{part({'alg': alg, 'typ': 'JWT'})}.{part(w.claims())}."


def keyed(w, secret):
    head = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'active'})}.{part(w.claims())}"
    made = hmac.new(secret, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


def turned(w):
    head, _, signature = w.token().rpartition(".")
    return f"{head}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def now(offset):
    return int(time.time()) + offset


def crit(w):
    header = {"alg": "RS256", "typ": "JWT", "kid": "active", "crit": ["urn:x"], "urn:x": True}
    head = f"{part(header)}.{part(w.claims())}"
    signature = JWSRegistry.algorithms["RS256"].sign(head.encode(), w.issuer.keys["active"])
    return f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


TOKENS = {
    "good": (lambda w: w.token(), 200, None),
    "small-skew": (lambda w: w.token(exp=now(-20)), 200, None),
    "audience-list": (lambda w: w.token(aud=["x", w.settings.audience]), 200, None),
    "expired": (lambda w: w.token(exp=now(-3600)), 401, "skips-expiry"),
    "no-expiry": (lambda w: w.token(exp=None), 401, "skips-expiry"),
    "late": (lambda w: w.token(exp=now(-90)), 401, "generous-clock-skew"),
    "early": (lambda w: w.token(nbf=now(3600)), 401, "skips-not-before"),
    "audience": (lambda w: w.token(aud="http://elsewhere"), 401, "skips-audience"),
    "issuer": (lambda w: w.token(iss="http://elsewhere"), 401, "skips-issuer"),
    "signature": (turned, 401, "skips-signature"),
    "foreign-key": (lambda w: w.token(key="foreign", header={"kid": "active"}), 401, "skips-signature"),
    "key-id": (lambda w: w.token(header={"kid": "nobody"}), 401, "accepts-unknown-key-id"),
    "no-key-id": (lambda w: w.token(header={"kid": ""}), 401, "accepts-unknown-key-id"),
    "none": (lambda w: unsigned(w, "none"), 401, "accepts-alg-none"),
    "nOnE": (lambda w: unsigned(w, "nOnE"), 401, "accepts-alg-none"),
    "hs256": (lambda w: keyed(w, w.issuer.keys["active"].as_pem(private=False)), 401, "accepts-hs256-public-key"),
    "jwk": (
        lambda w: w.token(key="foreign", header={"jwk": w.issuer.keys["foreign"].as_dict(private=False)}),
        401,
        "trusts-embedded-jwk",
    ),
    "crit": (crit, 401, "ignores-critical-header"),
    "jku": (lambda w: w.token(header={"jku": "http://elsewhere/jwks"}), 401, None),
    "no-client": (lambda w: w.token(client_id=None), 401, None),
    "id-token": (lambda w: w.token(header={"typ": "logout+jwt"}), 401, None),
    "garbage": (lambda w: "bm90.YQ.dG9rZW4", 401, "accepts-anonymous"),
    "anonymous": (lambda w: None, 401, "accepts-anonymous"),
}


@pytest.mark.parametrize(("make", "status", "defect"), TOKENS.values(), ids=TOKENS)
async def test_tokens(world, make, status, defect):
    async with world() as w:
        answer = await w.get("Patient/pat1", token=make(w))
        assert answer.status == status, answer.body
        if status == 401:
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert w.ehr.calls() == []
    if defect:
        async with world(defect=defect) as w:
            assert (await w.get("Patient/pat1", token=make(w))).status == 200


@pytest.mark.parametrize("defect", ["", "caches-keys-forever"])
async def test_key_rotation(world, defect):
    async with world(defect=defect, jwks_max_age_s=0.2) as w:
        assert (await w.get("Patient/pat1")).status == 200
        w.issuer.published = ["next"]
        fresh = await w.get("Patient/pat1", token=w.token(key="next"))
        assert fresh.status == (401 if defect else 200)
        assert (await w.get("Patient/pat1")).status == (200 if defect else 401)


@pytest.mark.parametrize("defect", ["", "opens-when-issuer-down"])
async def test_issuer_down(world, defect):
    async with world(defect=defect, jwks_max_age_s=0.2) as w:
        assert (await w.get("Patient/pat1")).status == 200
        w.issuer.down = True
        assert (await w.get("Patient/pat1", token=w.token(key="foreign"))).status == (200 if defect else 503)
        assert (await w.get("Patient/pat1", token=turned(w))).status == (200 if defect else 401)
        assert (await w.get("Patient/pat1")).status == 200
        assert (await w.get("Patient/pat1", token=None)).status == 401


async def test_stale_keys_are_not_trusted(world):
    async with world(jwks_max_age_s=0.1, jwks_max_stale_s=0.3) as w:
        assert (await w.get("Patient/pat1")).status == 200
        w.issuer.down = True
        deadline = time.monotonic() + 5
        while (await w.get("Patient/pat1")).status == 200:
            assert time.monotonic() < deadline
        answer = await w.get("Patient/pat1")
        assert answer.status == 503
        assert "retry-after" in answer.headers


async def test_unknown_keys_do_not_hammer_the_issuer(world):
    async with world(hasty=False) as w:
        token = w.token(header={"kid": "nobody"})
        answers = await asyncio.gather(*(w.get("Patient/pat1", token=token) for _ in range(30)))
        assert {answer.status for answer in answers} == {401}
        assert w.issuer.fetches <= 4
