"""Batches: each entry by itself, recorded and limited like any other request."""

import pytest

pytestmark = pytest.mark.anyio


def get(url, **request):
    return {"request": {"method": "GET", "url": url, **request}}


async def batch(w, *entries, kind="batch", **options):
    body = {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
    return await w.send("POST", "/fhir/R4", body=body, **options)


def statuses(answer):
    return [item["response"]["status"] for item in answer.json()["entry"]]


async def test_entries_keep_their_order_and_outcome(world):
    async with world() as w:
        answer = await batch(w, get("Patient/pat1"), get("Patient/nobody"), get("Encounter?patient=pat1"), get("Odd/1"))
        assert answer.status == 200
        assert answer.json()["type"] == "batch-response"
        assert statuses(answer) == ["200 OK", "404 Not Found", "200 OK", "404 Not Found"]
        entries = answer.json()["entry"]
        assert entries[0]["resource"]["id"] == "pat1"
        assert entries[0]["response"]["etag"].startswith('W/"')
        assert entries[1]["response"]["outcome"]["resourceType"] == "OperationOutcome"
        assert entries[2]["resource"]["type"] == "searchset"


async def test_what_is_known_already_is_not_sent_again(world):
    async with world() as w:
        tag = (await w.get("Patient/pat1")).headers["etag"]
        answer = await batch(w, get("Patient/pat1", ifNoneMatch=tag))
        assert answer.json()["entry"] == [{"response": {"status": "304 Not Modified", "etag": tag}}]


async def test_creates_say_where_the_record_is(world):
    async with world() as w:
        allergy = {
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                        "code": "active",
                    }
                ]
            },
            "code": {"text": "Penicillin"},
            "patient": {"reference": "Patient/pat1"},
        }
        entry = {"request": {"method": "POST", "url": "AllergyIntolerance"}, "resource": allergy}
        (created,) = (await batch(w, entry)).json()["entry"]
        assert created["response"]["status"] == "201 Created"
        assert "/AllergyIntolerance/" in created["response"]["location"]


async def test_a_patient_token_stays_with_its_patient(world):
    async with world() as w:
        token = w.token(scope="patient/*.rs", patient="pat1")
        answer = await batch(w, get("Patient/pat1"), get("Patient/pat2"), token=token)
        assert statuses(answer) == ["200 OK", "403 Forbidden"]


async def test_each_entry_is_recorded(world):
    async with world() as w:
        await batch(w, get("Patient/pat1"), get("Patient/nobody"), X_Correlation_Id="c1")
        records = [record for record in w.audit() if record["correlation_id"] == "c1"]
        assert sorted((record["action"], record["result"]) for record in records) == [
            ("batch", "success"),
            ("read", "refused"),
            ("read", "success"),
        ]


async def test_each_entry_counts_against_the_limit(world):
    async with world() as w:
        token = w.token(client_id="stranger")  # two a second, five at once
        answer = await batch(w, *[get("Patient/pat1")] * 8, token=token)
        found = statuses(answer)
        assert found.count("200 OK") == 4  # the batch itself took one
        assert found.count("429 Too Many Requests") == 4


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"resourceType": "Patient"}, 400, "structure"),
        ({"resourceType": "Bundle", "type": "collection", "entry": [get("Patient/pat1")]}, 400, "value"),
        ({"resourceType": "Bundle", "type": "transaction", "entry": [get("Patient/pat1")]}, 501, "not-supported"),
        ({"resourceType": "Bundle", "type": "batch"}, 400, "required"),
        ({"resourceType": "Bundle", "type": "batch", "entry": [get("x")] * 51}, 413, "too-costly"),
        ({"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "BREW"}}]}, 400, "structure"),
        ({"resourceType": "Bundle", "type": "batch", "entry": [get("Patient/a#b")]}, 400, "structure"),
        ({"resourceType": "Bundle", "type": "batch", "entry": [get("Patient/a\r\nX: y")]}, 400, "structure"),
    ],
)
async def test_what_is_no_batch_is_refused(world, body, status, code):
    async with world() as w:
        answer = await w.send("POST", "/fhir/R4", body=body)
        assert (answer.status, answer.code()) == (status, code)


async def test_a_batch_in_a_batch_is_refused(world):
    async with world() as w:
        inner = {"resourceType": "Bundle", "type": "batch", "entry": [get("Patient/pat1")]}
        entry = {"request": {"method": "POST", "url": "/"}, "resource": inner}
        assert statuses(await batch(w, entry)) == ["400 Bad Request"]


async def test_only_post_goes_to_the_base(world):
    async with world() as w:
        assert (await w.send("GET", "/fhir/R4")).status == 405
