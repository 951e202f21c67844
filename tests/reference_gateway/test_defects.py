"""Each defect shows on the wire, and the honest gateway does not do the same: one table, both sides of each row."""

import asyncio
import base64
import json
import re
import time

import pytest
from aiohttp import web

from reference_gateway.audit_chain import BrokenTrail, verify_file
from reference_gateway.composition import Parts
from reference_gateway.defects import DEFECTS, parts_with

VITALS = "Observation?patient=pat1&category=vital-signs"
KEY = {"Idempotency_Key": '"one"'}


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


async def invalid_statement(w, kit):
    return "kind" not in (await w.get("metadata")).json()


async def promises(w, kit):
    types = [item["type"] for item in (await w.get("metadata")).json()["rest"][0]["resource"]]
    return 404 in [await status_of(w, name) for name in types]


async def lacks_status(w, kit):
    return "status" not in (await w.get("Observation/obs1")).json()


async def rounds(w, kit):
    w.ehr.script = [scripted(200, json.dumps(kit.observation("obs1")).replace("1.5", "1.50").encode(), **FHIR)]
    return b"1.50" not in (await w.get("Observation/obs1")).body


FHIR = {"Content_Type": "application/fhir+json"}


async def ignores_date(w, kit):
    return (await w.get(f"{VITALS}&date=lt2000")).ids() != []


async def ignores_code(w, kit):
    return (await w.get("Observation?patient=pat1&code=0000-0")).ids() != []


async def drops_match(w, kit):
    return (await w.get(VITALS)).ids() == []


async def one_page(w, kit):
    w.ehr.hold(*(kit.observation(f"more{number}") for number in range(4)))
    return len((await w.get(f"{VITALS}&_count=2")).json()["link"]) == 1


async def outcome_entries(w, kit):
    return "entry" in (await w.get("Condition?patient=pat1")).json()


async def plain_errors(w, kit):
    return not (await w.get("Patient/nobody")).headers["content-type"].startswith("application/fhir+json")


async def leaks_errors(w, kit):
    return b"secret inside" in (await w.get("Patient/nobody")).body


async def error_for_unknown(w, kit):
    return await status_of(w, "Patient/nobody") == 500


async def error_for_method(w, kit):
    return (await w.send("PUT", "/fhir/R4/Patient/pat1")).status == 500


async def ignores_unknown(w, kit):
    return await status_of(w, "Condition?patient=pat1&unheard=1") == 200


async def leaks_links(w, kit):
    return w.ehr.base in (await w.get(VITALS)).body.decode()


async def leaks_dress(w, kit):
    return b"open.epic.com" in (await w.get("Patient/pat1")).body


async def passes_drift(w, kit):
    w.ehr.hold({name: value for name, value in kit.observation("obs1").items() if name != "status"})
    return await status_of(w, "Observation/obs1") == 200


async def forwards_malformed(w, kit):
    await w.post("AllergyIntolerance", b"{nonsense")
    return len(w.ehr.calls("POST")) == 1


async def writes_anything(w, kit):
    return (await w.post("AllergyIntolerance", kit.allergy(unheardOf=1))).status == 201


async def reads_any_size(w, kit):
    body = json.dumps(kit.allergy(note=[{"text": "x" * 1_010_000}])).encode()
    return (await w.post("AllergyIntolerance", body)).status != 413


async def follows_path(w, kit):
    await w.get("Patient/..%2FCondition%2Fcon1", token=w.token(scope="system/Patient.rs"))
    return len(w.ehr.calls()) > 0


async def passes_html(w, kit):
    w.ehr.script = [scripted(200, b"<html>", Content_Type="text/html")]
    answer = await w.get("Patient/pat1")
    return answer.status == 200 and answer.body == b"<html>"


async def wrong_patient(w, kit):
    w.ehr.script = [lambda ehr, request, sent: kit.fhir(kit.patient("pat2"))]
    return await status_of(w, "Patient/pat1") == 200


async def chatty(w, kit):
    return any(character.isdigit() for character in (await w.get("Patient/pat1")).headers["server"])


async def query_token(w, kit):
    return await status_of(w, f"Patient/pat1?access_token={w.token()}", token=None) == 200


async def foreign_page(w, kit):
    w.ehr.hold(*(kit.observation(f"more{number}") for number in range(4)))
    link = (await w.get(f"{VITALS}&_count=2")).json()["link"][1]["url"].partition("/fhir/R4/")[2]
    return await status_of(w, link, token=w.token(client_id="other")) == 200


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


async def gives_up(w, kit):
    w.ehr.script = [drop]
    return await status_of(w, "Patient/pat1") == 502


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


async def burst(w, count, client="noisy"):
    token = w.token(client_id=client)
    return [await w.get("Patient/pat1", token=token) for _ in range(count)]


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


async def recorded(w, path, **options):
    await w.get(path, **options)
    return [item for item in w.audit() if item["action"] != "token"]


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
    started = time.monotonic()
    await asyncio.gather(*(w.get("Patient/pat1") for _ in range(20)))
    return time.monotonic() - started > 1.1


async def mixes_up(w, kit):
    wanted = [f"pat{1 + number % 2}" for number in range(101)]
    return [(await w.get(f"Patient/{name}")).json()["id"] for name in wanted] != wanted


PROBES = {
    "invalid-capability-statement": invalid_statement,
    "promises-unserved-type": promises,
    "invalid-resources": lacks_status,
    "rounds-decimals": rounds,
    "ignores-date-filter": ignores_date,
    "ignores-code-filter": ignores_code,
    "drops-last-match": drops_match,
    "first-page-only": one_page,
    "delivers-outcome-entries": outcome_entries,
    "plain-text-errors": plain_errors,
    "leaks-upstream-error-bodies": leaks_errors,
    "server-error-for-unknown-id": error_for_unknown,
    "server-error-for-wrong-method": error_for_method,
    "ignores-unknown-parameters": ignores_unknown,
    "leaks-upstream-links": leaks_links,
    "leaks-epic-dress": leaks_dress,
    "passes-drifted-payload": passes_drift,
    "forwards-malformed-json": forwards_malformed,
    "skips-resource-validation": writes_anything,
    "no-body-limit": reads_any_size,
    "decodes-path-traversal": follows_path,
    "passes-broken-upstream": passes_html,
    "skips-patient-guard": wrong_patient,
    "chatty-headers": chatty,
    "accepts-query-token": query_token,
    "accepts-foreign-pages": foreign_page,
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


# Settings under which a defect shows sooner.
SETTINGS = {
    "no-breaker": {"max_attempts": 1},
    "shared-breaker": {"max_attempts": 1},
    "no-upstream-timeout": {"max_attempts": 1},
    "unbounded-retries": {"latency_budget_s": 2.5},
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", PROBES)
async def test_defect_shows_and_honesty_does_not(world, kit, name):
    settings = SETTINGS.get(name, {})
    async with world(**settings) as w:
        assert not await PROBES[name](w, kit), "the honest gateway does it"
    async with world(defect=name, **settings) as w:
        assert await PROBES[name](w, kit), "the defect does not show"


@pytest.mark.anyio
async def test_logs_of_defects(world, capsys):
    async with world(defect="logs-patient-names") as w:
        await w.get("Patient?family=Quintessence&birthdate=1970-02-03")
    assert "Quintessence" in capsys.readouterr().err
    async with world(defect="logs-upstream-token") as w:
        await w.get("Patient/pat1")
    assert "ehr-token-1" in capsys.readouterr().err


@pytest.mark.anyio
async def test_keys_in_memory(world, kit, folder):
    for expected in (1, 1):
        async with world(folder=folder / "state", defect="keys-in-memory") as w:
            await w.post("AllergyIntolerance", kit.allergy(), **KEY)
            assert len(w.ehr.written) == expected


def test_every_defect_replaces_one_part_and_names_a_requirement():
    honest = vars(Parts())
    for defect in DEFECTS.values():
        changed = [name for name, part in vars(parts_with(defect.name)).items() if part is not honest[name]]
        assert len(changed) == (2 if defect.name == "unchained-audit" else 1), defect.name
        assert re.fullmatch(r"[A-Z]{3}-\d\d", defect.breaks)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", defect.name)
        assert defect.summary


def test_unknown_defect_names_the_closest():
    with pytest.raises(KeyError, match="did you mean skips-expiry"):
        parts_with("skips-expiri")
