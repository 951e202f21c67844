"""Defects on the wire, beside the honest gateway: what is delivered, what hostile input meets (CON, NEG, AUT)."""

import json

import pytest
from aiohttp import web

VITALS = "Observation?patient=pat1&category=vital-signs"
KEY = {"Idempotency_Key": '"one"'}


def scripted(status, body=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda ehr, request, sent: web.Response(status=status, body=body, headers=named)


async def status_of(w, path, **options):
    return (await w.get(path, **options)).status


FHIR = {"Content_Type": "application/fhir+json"}


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


async def shifts_dates(w, kit):
    return (await w.get("Patient/pat1")).json()["birthDate"] != "1970-02-03"


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


async def passes_unknown_code(w, kit):
    w.ehr.hold({**kit.observation("obs1"), "status": "semi-final"})
    return await status_of(w, "Observation/obs1") == 200


async def passes_other_type(w, kit):
    w.ehr.hold({**kit.observation("obs1"), "code": "29463-7"})
    return await status_of(w, "Observation/obs1") == 200


async def trusts_searches(w, kit):
    w.ehr.hold({name: value for name, value in kit.observation("obs1").items() if name != "status"})
    return (await status_of(w, VITALS), await status_of(w, "Observation/obs1")) == (200, 502)


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


PROBES = {
    "invalid-capability-statement": invalid_statement,
    "promises-unserved-type": promises,
    "invalid-resources": lacks_status,
    "rounds-decimals": rounds,
    "shifts-dates": shifts_dates,
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
    "passes-unknown-codes": passes_unknown_code,
    "passes-other-types": passes_other_type,
    "checks-reads-only": trusts_searches,
    "forwards-malformed-json": forwards_malformed,
    "skips-resource-validation": writes_anything,
    "no-body-limit": reads_any_size,
    "decodes-path-traversal": follows_path,
    "passes-broken-upstream": passes_html,
    "skips-patient-guard": wrong_patient,
    "chatty-headers": chatty,
    "accepts-query-token": query_token,
    "accepts-foreign-pages": foreign_page,
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", PROBES)
async def test_defect_shows_and_honesty_does_not(shows, name):
    await shows(name, PROBES[name])
