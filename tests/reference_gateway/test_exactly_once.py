"""Writes under a key: once, whatever happens to the answer, the client or the gateway."""

import asyncio

import pytest
from aiohttp import web

pytestmark = pytest.mark.anyio


async def drop_after_commit(ehr, request, sent):
    ehr.plain(request, sent)
    request.transport.abort()
    return web.Response()


async def drop_before(ehr, request, sent):
    request.transport.abort()
    return web.Response()


def slowly(seconds):
    async def scripted(ehr, request, sent):
        await asyncio.sleep(seconds)

    return scripted


KEY = {"Idempotency_Key": '"one"'}


async def test_repeat_gets_the_first_outcome(world, kit):
    async with world() as w:
        first = await w.post("AllergyIntolerance", kit.allergy(), **KEY)
        again = await w.post("AllergyIntolerance", kit.allergy(), **KEY)
        assert (first.status, again.status) == (201, 201)
        assert first.headers["location"] == again.headers["location"]
        assert again.headers["idempotent-replayed"] == "true"
        assert len(w.ehr.written) == 1
        assert w.ehr.written[0]["identifier"][0]["system"].startswith(w.settings.base_url)


async def test_other_payload_is_refused(world, kit):
    async with world() as w:
        await w.post("AllergyIntolerance", kit.allergy(), **KEY)
        other = await w.post("AllergyIntolerance", kit.allergy(criticality="high"), **KEY)
        assert other.status == 422
        assert len(w.ehr.written) == 1


async def test_refusals_are_replayed(world, kit):
    async with world() as w:
        w.ehr.script = [lambda ehr, request, sent: kit.outcome(422, "59012")]
        first = await w.post("Condition", CONDITION, **KEY)
        again = await w.post("Condition", CONDITION, **KEY)
        assert (first.status, again.status) == (422, 422)
        assert first.body == again.body
        assert w.ehr.written == []


CONDITION = {
    "resourceType": "Condition",
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
    },
    "verificationStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "provisional"}]
    },
    "category": [{"text": "problem"}],
    "code": {"text": "Cough"},
    "subject": {"reference": "Patient/pat1"},
}


async def test_clients_do_not_share_keys(world, kit):
    async with world() as w:
        await w.post("AllergyIntolerance", kit.allergy(), **KEY)
        other = w.token(client_id="other")
        assert (await w.post("AllergyIntolerance", kit.allergy("pat2"), token=other, **KEY)).status == 201
        assert len(w.ehr.written) == 2


async def test_concurrent_duplicates_wait(world, kit):
    async with world() as w:
        w.ehr.script = [slowly(0.2)]
        answers = await asyncio.gather(*(w.post("AllergyIntolerance", kit.allergy(), **KEY) for _ in range(5)))
        assert {answer.status for answer in answers} == {201}
        assert len({answer.headers["location"] for answer in answers}) == 1
        assert len(w.ehr.written) == 1


async def test_duplicate_does_not_wait_for_ever(world, kit):
    async with world(latency_budget_s=0.5) as w:
        w.ehr.script = [slowly(2)]
        first = asyncio.ensure_future(w.post("AllergyIntolerance", kit.allergy(), **KEY))
        await asyncio.sleep(0.05)
        second = await w.post("AllergyIntolerance", kit.allergy(), **KEY)
        assert second.status == 409
        assert (await first).status == 504
        assert "not known" in (await first).body.decode()


async def test_lost_answer_of_a_held_record_stays_unknown(world, kit):
    async with world() as w:
        w.ehr.script = [drop_after_commit]
        assert (await w.post("AllergyIntolerance", kit.allergy(), **KEY)).status == 502
        for _ in range(2):
            again = await w.post("AllergyIntolerance", kit.allergy(), **KEY)
            assert again.status == 409
            assert "not repeated" in again.body.decode()
        assert len(w.ehr.written) == 1


async def test_lost_answer_of_a_reading_is_found_out(world, kit):
    async with world() as w:
        w.ehr.script = [drop_after_commit]
        assert (await w.post("Observation", kit.vital(), **KEY)).status == 502
        again = await w.post("Observation", kit.vital(), **KEY)
        assert again.status == 201
        assert again.headers["location"].endswith("Observation/new1")
        assert len(w.ehr.calls("POST")) == 1


async def test_lost_request_of_a_reading_is_sent_again(world, kit):
    async with world() as w:
        w.ehr.script = [drop_before]
        assert (await w.post("Observation", kit.vital(), **KEY)).status == 502
        again = await w.post("Observation", kit.vital(), **KEY)
        assert again.status == 201
        assert len(w.ehr.written) == 1


async def test_unknown_outcome_survives_a_failing_search(world, kit):
    async with world() as w:
        w.ehr.script = [drop_after_commit, *[lambda ehr, request, sent: kit.outcome(500, "59177")] * 3]
        assert (await w.post("Observation", kit.vital(), **KEY)).status == 502
        assert (await w.post("Observation", kit.vital(), **KEY)).status == 502
        assert (await w.post("Observation", kit.vital(), **KEY)).status == 201
        assert len(w.ehr.written) == 1


async def test_repeated_reading_without_a_key(world, kit):
    async with world() as w:
        assert (await w.post("Observation", kit.vital())).status == 201
        again = await w.post("Observation", kit.vital())
        assert (again.status, again.code()) == (409, "duplicate")


@pytest.mark.parametrize("status", [429, 503, 401])
async def test_refused_for_now_leaves_the_key_free(world, kit, status):
    async with world() as w:
        w.ehr.script = [lambda ehr, request, sent: kit.outcome(status, "x", Retry_After="1")]
        assert (await w.post("AllergyIntolerance", kit.allergy(), **KEY)).status == 503
        assert len(w.ehr.calls("POST")) == 1
        assert (await w.post("AllergyIntolerance", kit.allergy(), **KEY)).status == 201
        assert len(w.ehr.written) == 1


async def test_keys_survive_a_restart(world, kit, folder):
    state = folder / "state"
    async with world(folder=state) as w:
        first = await w.post("AllergyIntolerance", kit.allergy(), **KEY)
    async with world(folder=state) as w:
        again = await w.post("AllergyIntolerance", kit.allergy(), **KEY)
        assert first.headers["location"] == again.headers["location"]
        assert w.ehr.written == []


@pytest.mark.parametrize("key", ["one", '""', '"a" , "b"', '"' + "x" * 256 + '"'])
async def test_malformed_keys(world, kit, key):
    async with world() as w:
        assert (await w.post("AllergyIntolerance", kit.allergy(), Idempotency_Key=key)).status == 400
        assert w.ehr.written == []
