"""Updates of the honest gateway, and the defects beside it (IDP-08)."""

import asyncio
import json

import pytest
from aiohttp import web

from reference_gateway.clock import Clock, Deadline
from reference_gateway.record_locks import RecordLocks
from reference_gateway.refusal import Refusal

pytestmark = pytest.mark.anyio
PATH = "/fhir/R4/Observation/obs1"


async def put(w, kit, tag, path=PATH, token="", **changes):
    headers = {"If_Match": tag} if tag else {}
    return await w.send("PUT", path, body=kit.observation("obs1", **changes), token=token, **headers)


async def tag_of(w):
    return (await w.get("Observation/obs1")).headers["etag"]


async def test_an_update_replaces_the_version_that_was_read(world, kit):
    async with world() as w:
        tag = await tag_of(w)
        assert (await put(w, kit, tag, status="amended")).status == 200
        assert w.ehr.held["Observation/obs1"]["status"] == "amended"
        again = await put(w, kit, tag, status="corrected")
        assert (again.status, again.code()) == (412, "conflict")
        assert w.ehr.held["Observation/obs1"]["status"] == "amended"
        assert (await put(w, kit, f'W/"old", {await tag_of(w)}', status="corrected")).status == 200


@pytest.mark.parametrize("tag", ["", "*", " , "], ids=["absent", "any", "empty"])
async def test_an_update_needs_a_version(world, kit, tag):
    async with world() as w:
        answer = await put(w, kit, tag, status="amended")
        assert (answer.status, answer.code()) == (400, "required")
        assert not w.ehr.calls("PUT")


@pytest.mark.parametrize(
    ("changes", "path", "status"),
    [
        ({"id": "obs2"}, PATH, 400),
        ({"status": "nonsense"}, PATH, 422),
        ({"subject": {"reference": "Patient/pat2"}}, PATH, 422),
        ({"resourceType": "Condition"}, PATH, 400),
        ({}, "/fhir/R4/Patient/pat1", 405),
    ],
    ids=["another id", "invalid", "another patient", "another type", "not updatable"],
)
async def test_what_is_not_written(world, kit, changes, path, status):
    async with world() as w:
        assert (await put(w, kit, await tag_of(w), path, **changes)).status == status
        assert not w.ehr.calls("PUT")


async def test_an_update_of_what_is_not_there_creates_nothing(world, kit):
    async with world() as w:
        tag = await tag_of(w)
        assert (await put(w, kit, tag, "/fhir/R4/Observation/none", id="none")).status == 404
        assert not w.ehr.calls("PUT")


@pytest.mark.parametrize(("scope", "status"), [("system/*.rs", 403), ("system/Observation.u", 200)])
async def test_an_update_takes_its_own_scope(world, kit, scope, status):
    async with world() as w:
        assert (await put(w, kit, await tag_of(w), token=w.token(scope=scope), status="amended")).status == status


async def test_a_patient_token_updates_its_own_patient_only(world, kit):
    async with world() as w:
        token = w.token(scope="patient/*.cruds", patient="pat2")
        assert (await put(w, kit, await tag_of(w), token=token)).status == 403
        assert not w.ehr.calls("PUT")


async def test_the_stamp_of_a_create_is_kept(world, kit):
    async with world() as w:
        await w.post("Observation", kit.vital(effectiveDateTime="2026-06-02T08:00:00Z"), Idempotency_Key='"one"')
        stamp = w.ehr.held["Observation/new1"]["identifier"]
        tag = (await w.get("Observation/new1")).headers["etag"]
        body = kit.observation("new1", effectiveDateTime="2026-06-02T08:00:00Z", status="amended")
        assert (await w.send("PUT", "/fhir/R4/Observation/new1", body=body, If_Match=tag)).status == 200
        assert w.ehr.held["Observation/new1"]["identifier"] == stamp


async def test_a_lost_answer_is_told_and_not_repeated(world, kit):
    async def lost(ehr, request, sent):
        ehr.plain(request, sent)
        request.transport.abort()
        return web.Response()

    async with world() as w:
        tag = await tag_of(w)
        w.ehr.script = [lambda *_: None, lost]
        answer = await put(w, kit, tag, status="amended")
        assert answer.status == 502
        assert "not known" in json.dumps(answer.json())
        assert len(w.ehr.calls("PUT")) == 1


async def side_by_side(w, kit):
    async def slowly(ehr, request, sent):
        await asyncio.sleep(0.05)

    tag = await tag_of(w)
    w.ehr.always = slowly
    answers = await asyncio.gather(*(put(w, kit, tag, status=name) for name in ("amended", "corrected", "cancelled")))
    return [answer.status for answer in answers].count(200) != 1


async def stale(w, kit):
    tag = await tag_of(w)
    await put(w, kit, tag, status="amended")
    return (await put(w, kit, tag, status="corrected")).status == 200


async def unconditional(w, kit):
    return (await put(w, kit, "", status="amended")).status == 200


async def unanswered(w, kit):
    tag = await tag_of(w)
    w.ehr.script = [lambda *_: None, lambda *_: web.Response(status=500)]
    return (await put(w, kit, tag, status="amended")).status == 200


async def unanswered_create(w, kit):
    w.ehr.script = [lambda *_: web.Response(status=500)]
    return (await w.post("AllergyIntolerance", kit.allergy())).status == 201


PROBES = {
    "ignores-if-match": stale,
    "updates-side-by-side": side_by_side,
    "updates-without-condition": unconditional,
    "acknowledges-unanswered-updates": unanswered,
    "acknowledges-unanswered-writes": unanswered_create,
}


@pytest.mark.parametrize("name", PROBES)
async def test_defect_shows_and_honesty_does_not(shows, name):
    await shows(name, PROBES[name])


async def test_who_waits_too_long_gives_up_and_lets_nobody_pass(world):
    clock, locks, order = Clock(), RecordLocks(), []
    release = asyncio.Event()

    async def hold(name, seconds):
        async with locks.hold("Observation/a", Deadline.after(clock, seconds)):
            order.append(name)
            await release.wait()
        order.append(f"{name} left")

    first = asyncio.create_task(hold("first", 5))
    await asyncio.sleep(0)
    with pytest.raises(Refusal) as refusal:
        await hold("impatient", 0.01)
    assert refusal.value.status == 409
    last = asyncio.create_task(hold("last", 5))
    await asyncio.sleep(0.01)
    assert order == ["first"]
    release.set()
    await asyncio.gather(first, last)
    assert order == ["first", "first left", "last", "last left"]
    assert not locks._queues
