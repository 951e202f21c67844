"""Defects on the wire, beside the honest gateway: access to the EHR, repeats, breakers (UPA, RES)."""

import asyncio
import base64
import json
import time

import pytest
from aiohttp import web

from reference_gateway.ehr_request import EhrFailure


def scripted(status, body=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda ehr, request, sent: web.Response(status=status, body=body, headers=named)


async def drop(ehr, request, sent):
    request.transport.abort()
    return web.Response()


async def drop_after_commit(ehr, request, sent):
    ehr.plain(request, sent)
    request.transport.abort()
    return web.Response()


def after(seconds):
    async def waiting(ehr, request, sent):
        await asyncio.sleep(seconds)

    return waiting


async def status_of(w, path, **options):
    return (await w.get(path, **options)).status


def assertion(call):
    return json.loads(base64.urlsafe_b64decode(call["client_assertion"].split(".")[1] + "=="))


async def renewed(w):
    await w.get("Patient/pat1")
    w.ehr.live_tokens.clear()
    await w.get("Patient/pat1")
    return [assertion(call) for call in w.ehr.token_calls]


async def long_assertion(w, kit):
    return (await renewed(w))[-1]["exp"] > time.time() + 400


async def other_audience(w, kit):
    return (await renewed(w))[-1]["aud"] != w.settings.ehr_token_url


async def same_jti(w, kit):
    return len({claims["jti"] for claims in await renewed(w)}) == 1


async def many_tokens(w, kit):
    for _ in range(3):
        await w.get("Patient/pat1")
    return len(w.ehr.token_calls) >= 3


async def late(w, kit):
    w.ehr.token_lifetime_s = 0.3
    await w.get("Patient/pat1")
    await asyncio.sleep(0.4)
    await w.get("Patient/pat1")
    return len({call.headers["authorization"] for call in w.ehr.calls()}) == 1


async def stampede(w, kit):
    w.ehr.token_delay_s = 0.05
    await asyncio.gather(*(w.get("Patient/pat1") for _ in range(10)))
    return len(w.ehr.token_calls) > 3


async def keeps_rejected(w, kit):
    await w.get("Patient/pat1")
    w.ehr.live_tokens.clear()
    return await status_of(w, "Patient/pat1") == 503


async def hammers(w, kit):
    w.ehr.token_script = lambda: web.Response(status=503)
    for _ in range(4):
        await w.get("Patient/pat1")
    return len(w.ehr.token_calls) > 8


async def own_clock(w, kit):
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 400))
    w.ehr.token_script = lambda: web.json_response({}, status=400, headers={"Date": date})
    await w.get("Patient/pat1")
    return len(w.ehr.token_calls) == 1


async def early_repeat(w, kit):
    w.ehr.script = [scripted(429, Retry_After="1")]
    await w.get("Patient/pat1")
    first, second = w.ehr.calls()
    return second.at - first.at < 0.9


async def many_repeats(w, kit):
    w.ehr.always = scripted(503)
    await w.get("Patient/pat1")
    return len(w.ehr.calls()) > 3


async def no_timeout(w, kit):
    w.ehr.script = [after(0.5)]
    return await status_of(w, "Patient/pat1") == 200


async def one_status(w, kit):
    w.ehr.always = scripted(503)
    return await status_of(w, "Patient/pat1") == 500


async def no_breaker(w, kit):
    w.ehr.always = scripted(500)
    for _ in range(7):
        await w.get("Encounter/enc1")
    return len(w.ehr.calls()) > 5


async def shared_breaker(w, kit):
    w.ehr.always = scripted(500)
    for _ in range(5):
        await w.get("Encounter/enc1")
    w.ehr.always = None
    return await status_of(w, "Patient/pat1") == 503


async def repeats_write(w, kit):
    w.ehr.script = [drop_after_commit]
    await w.post("AllergyIntolerance", kit.allergy())
    return len(w.ehr.written) == 2


class Unreachable:
    async def send(self, request, token, timeout_s):
        raise EhrFailure("unreachable", reached=False)


async def stays_broken(w, kit):
    client = w.gateway.steps.handlers["read"].ehr
    client.transport, mended = Unreachable(), client.transport
    assert await status_of(w, "Patient/pat1") == 502
    client.transport = mended
    return await status_of(w, "Patient/pat1") != 200


async def gives_up(w, kit):
    w.ehr.script = [drop]
    return await status_of(w, "Patient/pat1") == 502


PROBES = {
    "long-lived-assertion": long_assertion,
    "wrong-assertion-audience": other_audience,
    "reuses-jti": same_jti,
    "token-per-request": many_tokens,
    "late-renewal": late,
    "token-stampede": stampede,
    "ignores-upstream-401": keeps_rejected,
    "hammers-token-endpoint": hammers,
    "trusts-own-clock": own_clock,
    "ignores-retry-after": early_repeat,
    "unbounded-retries": many_repeats,
    "no-upstream-timeout": no_timeout,
    "one-status-for-all-failures": one_status,
    "no-breaker": no_breaker,
    "shared-breaker": shared_breaker,
    "repeats-unsafe-writes": repeats_write,
    "gives-up-on-safe-requests": gives_up,
    "stays-broken-after-fault": stays_broken,
}

# Settings under which a defect shows sooner.
SETTINGS = {
    "no-breaker": {"max_attempts": 1},
    "shared-breaker": {"max_attempts": 1},
    "no-upstream-timeout": {"max_attempts": 1, "attempt_timeout_s": 0.2},
    "unbounded-retries": {"latency_budget_s": 2.5},  # more than the longest wait, so that no draw ends the series
    "ignores-retry-after": {"hasty": False},
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", PROBES)
async def test_defect_shows_and_honesty_does_not(shows, name):
    await shows(name, PROBES[name], **SETTINGS.get(name, {}))
