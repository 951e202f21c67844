"""Defects on the wire, beside the honest gateway: writes, rates, records, load (IDP, THR, AUD, PHI, OBS, LOD)."""

import asyncio
import time

import pytest
from aiohttp import web

from reference_gateway.audit_chain import BrokenTrail, verify_file

VITALS = "Observation?patient=pat1&category=vital-signs"
KEY = {"Idempotency_Key": '"one"'}


def scripted(status, body=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda ehr, request, sent: web.Response(status=status, body=body, headers=named)


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


async def burst(w, count, client="noisy"):
    token = w.token(client_id=client)
    return [await w.get("Patient/pat1", token=token) for _ in range(count)]


async def recorded(w, path, **options):
    await w.get(path, **options)
    return [item for item in w.audit() if item["action"] != "token"]


async def writes_repeat(w, kit):
    for _ in range(2):
        await w.post("AllergyIntolerance", kit.allergy(), **KEY)
    return len(w.ehr.written) == 2


async def replays_other(w, kit):
    await w.post("AllergyIntolerance", kit.allergy(), **KEY)
    return (await w.post("AllergyIntolerance", kit.allergy(criticality="low"), **KEY)).status == 201


async def races(w, kit):
    w.ehr.script = [after(0.2)]
    await asyncio.gather(*(w.post("AllergyIntolerance", kit.allergy(), **KEY) for _ in range(3)))
    return len(w.ehr.written) > 1


async def repeats_lost(w, kit):
    w.ehr.script = [drop_after_commit]
    for _ in range(2):
        await w.post("AllergyIntolerance", kit.allergy(), **KEY)
    return len(w.ehr.written) == 2


async def shared_keys(w, kit):
    await w.post("AllergyIntolerance", kit.allergy(), **KEY)
    other = w.token(client_id="other")
    return (await w.post("AllergyIntolerance", kit.allergy("pat2"), token=other, **KEY)).status != 201


async def says_created(w, kit):
    w.ehr.script = [lambda ehr, request, sent: kit.outcome(422, "59012")]
    return (await w.post("AllergyIntolerance", kit.allergy())).status == 201


async def unthrottled(w, kit):
    return all(answer.status == 200 for answer in await burst(w, 8))


async def no_wait_told(w, kit):
    return any(answer.status == 429 and "retry-after" not in answer.headers for answer in await burst(w, 8))


async def asks_first(w, kit):
    served = sum(answer.status == 200 for answer in await burst(w, 8))
    return len(w.ehr.calls()) > served


async def hurts_others(w, kit):
    await burst(w, 8)
    return await status_of(w, "Patient/pat1") == 429


async def no_burst(w, kit):
    return any(answer.status == 429 for answer in await burst(w, 4))


async def slow_refill(w, kit):
    await burst(w, 8)
    await asyncio.sleep(1.05)
    return (await burst(w, 1))[0].status == 429


async def no_search_record(w, kit):
    return await recorded(w, "Condition?patient=pat1") == []


async def no_refusal_record(w, kit):
    return await recorded(w, "Patient/pat1", token=None) == []


async def no_patient_record(w, kit):
    return (await recorded(w, "Patient/pat1"))[0]["patient"] is None


async def new_correlation(w, kit):
    return (await w.get("Patient/pat1", X_Correlation_Id="mine")).headers["x-correlation-id"] != "mine"


async def unchained(w, kit):
    await recorded(w, "Patient/pat1")
    try:
        return verify_file(w.settings.audit_file) < 2
    except BrokenTrail:
        return True


async def local_time(w, kit):
    return not (await recorded(w, "Patient/pat1"))[0]["time"].endswith("Z")


async def unaudited(w, kit):
    w.settings.audit_file.unlink()
    return await status_of(w, "Patient/pat1") == 200


async def patient_metrics(w, kit):
    await w.get("Patient/pat1")
    return b"pat1" in (await w.send("GET", "/metrics")).body


async def names_in_errors(w, kit):
    await w.get("Patient/pat1")
    w.ehr.always = scripted(503)
    return b"Quintessence" in (await w.get("Patient/pat1")).body


async def always_ready(w, kit):
    w.ehr.token_script = lambda: web.Response(status=503)
    return (await w.send("GET", "/health/ready")).status == 200


async def slow_when_busy(w, kit):
    for _ in range(3):  # a busy machine is slow now and then, the defect always
        started = time.monotonic()
        await asyncio.gather(*(w.get("Patient/pat1") for _ in range(20)))
        if time.monotonic() - started <= 1.1:
            return False
    return True


async def mixes_up(w, kit):
    wanted = [f"pat{1 + number % 2}" for number in range(101)]
    return [(await w.get(f"Patient/{name}")).json()["id"] for name in wanted] != wanted


PROBES = {
    "no-idempotency": writes_repeat,
    "ignores-payload-change": replays_other,
    "idempotency-race": races,
    "repeats-after-lost-answer": repeats_lost,
    "keys-shared-across-clients": shared_keys,
    "reports-refused-writes-as-created": says_created,
    "no-throttle": unthrottled,
    "no-retry-after": no_wait_told,
    "throttles-after-upstream": asks_first,
    "shared-bucket": hurts_others,
    "no-burst": no_burst,
    "slow-refill": slow_refill,
    "audit-skips-searches": no_search_record,
    "audit-skips-refusals": no_refusal_record,
    "audit-lacks-patient": no_patient_record,
    "drops-correlation-id": new_correlation,
    "unchained-audit": unchained,
    "audit-local-time": local_time,
    "serves-unaudited": unaudited,
    "patient-id-in-metrics": patient_metrics,
    "name-in-error-body": names_in_errors,
    "always-ready": always_ready,
    "slow-under-load": slow_when_busy,
    "one-wrong-patient-in-a-hundred": mixes_up,
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", PROBES)
async def test_defect_shows_and_honesty_does_not(shows, name):
    await shows(name, PROBES[name], hasty=name != "slow-under-load")
