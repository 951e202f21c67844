"""The gateway's own token at the EHR: reused, renewed once for all, and a failing endpoint is left in peace."""

import asyncio
import base64
import json
import time

import pytest
from aiohttp import web

pytestmark = pytest.mark.anyio


def claims_of(call):
    part = call["client_assertion"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=="))


async def test_token_is_reused_and_assertion_is_right(world):
    async with world() as w:
        for _ in range(5):
            assert (await w.get("Patient/pat1")).status == 200
        (call,) = w.ehr.token_calls
        claims = claims_of(call)
        assert claims["aud"] == w.settings.ehr_token_url
        assert claims["iss"] == claims["sub"] == "gateway"
        assert 0 < claims["exp"] - time.time() <= 300


async def test_parallel_requests_on_a_dead_token_renew_once(world):
    async with world() as w:
        await w.get("Patient/pat1")
        w.ehr.live_tokens.clear()
        w.ehr.token_delay_s = 0.05
        answers = await asyncio.gather(*(w.get("Patient/pat1") for _ in range(40)))
        assert {answer.status for answer in answers} == {200}
        assert len(w.ehr.token_calls) == 2


async def test_renewal_is_ahead_of_expiry(world):
    async with world() as w:
        w.ehr.token_lifetime_s = 1.0
        deadline = time.monotonic() + 5
        while len(w.ehr.token_calls) < 3:
            assert (await w.get("Patient/pat1")).status == 200
            assert time.monotonic() < deadline
        jtis = {claims_of(call)["jti"] for call in w.ehr.token_calls}
        assert len(jtis) == len(w.ehr.token_calls)


async def test_tokens_that_never_work_do_not_loop(world, kit):
    async with world() as w:
        w.ehr.always = lambda ehr, request, sent: web.json_response("", status=401)
        statuses = [(await w.get("Patient/pat1")).status for _ in range(10)]
        assert set(statuses) == {503}
        assert len(w.ehr.token_calls) <= 3


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(status=503),
        lambda: web.Response(text="<html>"),
        lambda: web.json_response({"access_token": "x"}),
        lambda: web.json_response([]),
    ],
    ids=["down", "html", "no-lifetime", "no-object"],
)
async def test_failing_token_endpoint_is_left_in_peace(world, answer):
    async with world() as w:
        w.ehr.token_script = answer
        for _ in range(20):
            refused = await w.get("Patient/pat1")
            assert refused.status == 503
            assert int(refused.headers["retry-after"]) >= 1
        assert len(w.ehr.token_calls) <= 3
        w.ehr.token_script = lambda: None
        deadline = time.monotonic() + 8
        while (await w.get("Patient/pat1")).status != 200:
            await asyncio.sleep(0.05)
            assert time.monotonic() < deadline


async def test_skew_of_the_ehrs_clock_is_learned(world, monkeypatch):
    async with world() as w:
        ahead = time.time() + 300

        def judged():
            if claims_of(w.ehr.token_calls[-1])["exp"] > ahead:
                return None
            date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 290))
            return web.json_response({"error": "invalid_client"}, status=400, headers={"Date": date})

        w.ehr.token_script = judged
        assert (await w.get("Patient/pat1")).status == 200
        assert len(w.ehr.token_calls) == 2
