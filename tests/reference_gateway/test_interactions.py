"""The honest gateway from end to end: reads, searches, pages, creates, and what it refuses."""

import json

import pytest
from aiohttp import web

pytestmark = pytest.mark.anyio


def answers(status, body=b"", **headers):
    """Return a scripted answer of the EHR."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda ehr, request, sent: web.Response(status=status, body=body, headers=named)


def text(body, content_type="application/fhir+json"):
    return answers(200, body, Content_Type=content_type)


async def test_read_undoes_the_dress(world):
    async with world() as w:
        answer = await w.get("Patient/pat1")
        assert answer.status == 200
        assert "open.epic.com" not in answer.body.decode()
        assert [item["type"]["text"] for item in answer.json()["identifier"]] == ["MRN"]
        encounter = await w.get("Encounter/enc1")
        assert encounter.json()["class"]["code"] == "IMP"
        assert encounter.headers["cache-control"] == "no-store"
        assert encounter.headers["server"] == "gateway"


async def test_decimals_keep_their_digits(world):
    async with world() as w:
        raw = json.dumps(w.ehr.held["Observation/obs1"]).replace("1.5", "1.50").encode()
        w.ehr.script = [text(raw)]
        assert b"1.50" in (await w.get("Observation/obs1")).body


async def test_read_revalidates(world):
    async with world() as w:
        tag = (await w.get("Patient/pat1")).headers["etag"]
        again = await w.get("Patient/pat1", If_None_Match=tag)
        assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("query", "status", "found"),
    [
        ("Observation?patient=pat1&category=vital-signs", 200, ["obs1"]),
        ("Observation?patient=Patient/pat1&code=http://loinc.org|8867-4", 200, ["obs1"]),
        ("Observation?patient=pat1&code=0000-0", 200, []),
        ("Observation?patient=pat1&category=vital-signs&date=ge2026-06-01&date=lt2026-06-02", 200, ["obs1"]),
        ("Observation?patient=pat1&category=vital-signs&date=lt2026-06-01", 200, []),
        ("Observation?_id=obs1", 200, ["obs1"]),
        ("Encounter?patient=pat1&class=IMP", 200, ["enc1"]),
        ("Encounter?patient=pat1&class=AMB", 200, []),
        ("Patient?identifier=M-pat1&_id=pat1", 200, ["pat1"]),
        ("Condition?patient=pat1", 200, []),
        ("Observation?patient=pat1", 400, "required"),
        ("Condition?category=x", 400, "required"),
        ("Condition?patient=pat1&patient=pat2", 400, "invalid"),
        ("Condition?patient=pat1,pat2", 400, "invalid"),
        ("Condition?patient=pat1&patient.name=x", 400, "not-supported"),
        ("Condition?patient=pat1&_has:Observation:patient:code=x", 400, "not-supported"),
        ("Condition?patient=pat1&subject=pat2", 400, "not-supported"),
        ("Condition?patient=pat1&unheard=1", 400, "not-supported"),
        ("Condition?patient=pat1&onset-date=yesterday", 400, "invalid"),
        ("Condition?patient=pat1&_count=0", 400, "invalid"),
        ("Condition?patient=pat1&_format=xml", 406, "not-supported"),
        ("Patient?birthdate=ge1970-01-01&family=Q", 400, "invalid"),
        ("Spaceship?patient=pat1", 404, "not-found"),
    ],
)
async def test_searches(world, query, status, found):
    async with world() as w:
        answer = await w.get(query)
        assert answer.status == status, answer.body
        assert (answer.ids() if status == 200 else answer.code()) == found
        if status == 200:
            assert answer.json()["total"] == len(found)
        else:
            assert w.ehr.calls() == []


async def test_lenient_search_says_what_was_used(world):
    async with world() as w:
        answer = await w.get("Condition?patient=pat1&unheard=1", Prefer="handling=lenient")
        assert answer.status == 200
        assert "unheard" not in answer.json()["link"][0]["url"]
        assert (await w.get("Condition?patient=pat1&patient.name=x", Prefer="handling=lenient")).status == 400


async def test_pages_are_sealed_and_bound(world, kit):
    async with world() as w:
        w.ehr.hold(*(kit.observation(f"more{number}") for number in range(4)))
        first = await w.get("Observation?patient=pat1&category=vital-signs&_count=2")
        link = first.json()["link"][1]["url"].partition("/fhir/R4/")[2]
        assert "total" not in first.json()
        assert "sessionID" not in link
        second = await w.get(link)
        assert second.status == 200, second.body
        assert not set(first.ids()) & set(second.ids())
        stranger = w.token(client_id="other")
        assert (await w.get(link, token=stranger)).status == 400
        assert (await w.get(link.replace("Observation", "Condition"))).status == 400
        assert (await w.get(link[:-4] + "AAAA")).status == 400
        w.ehr.script = [lambda ehr, request, sent: kit.outcome(400, "4113")]
        assert (await w.get(link)).status == 410


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("Patient/nobody", "GET", 404),
        ("Patient/..%2FCondition%2Fx", "GET", 404),
        ("Patient/%252e%252e", "GET", 404),
        ("Patient/..", "GET", 404),
        ("Patient/pat1%00", "GET", 404),
        ("Patient/pat1/extra", "GET", 404),
        ("Patient/pat1", "DELETE", 405),
        ("Patient", "POST", 405),
        ("Patient/pat1?_summary=true", "GET", 400),
        ("Patient/pat1?access_token=x", "GET", 400),
    ],
)
async def test_paths_and_methods(world, path, method, status):
    async with world() as w:
        answer = await w.send(method, f"/fhir/R4/{path}")
        assert answer.status == status
        assert answer.headers["content-type"].startswith("application/fhir+json")
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert [call.path for call in w.ehr.calls()] == (["Patient/nobody"] if "nobody" in path else [])
        assert "secret" not in answer.body.decode()
        if status == 405:
            assert answer.headers["allow"] == "GET"


async def test_accept_and_sizes(world):
    async with world() as w:
        assert (await w.get("Patient/pat1", Accept="text/html")).status == 406
        assert (await w.get("Patient/pat1", Accept="application/json;q=0.5")).status == 200
        assert (await w.get("Patient/" + "x" * 9_000)).status == 414
        assert (await w.get("Patient/pat1", X_Long="x" * 7_000, X_Other="y" * 7_000, X_More="z" * 7_000)).status == 431
        assert (await w.get("Patient/pat1", X_Long="x" * 70_000)).status == 431
        body = b'{"resourceType":"AllergyIntolerance","note":"' + b"x" * 1_000_001 + b'"}'
        assert (await w.post("AllergyIntolerance", body)).status == 413
        assert (await w.post("AllergyIntolerance", b"{}", Content_Type="text/plain")).status == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"[]",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b"\xef\xbb\xbf{}",
        b'{"a":"\\u0000"}',
        b'{"a":"\xff"}',
        b"[" * 30_000,
        b'{"resourceType":"Condition"}',
        b'{"resourceType":"AllergyIntolerance","id":"x"}',
    ],
)
async def test_bodies_that_are_no_resource(world, body):
    async with world() as w:
        answer = await w.post("AllergyIntolerance", body)
        assert answer.status == 400
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert w.ehr.calls("POST") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"unheardOf": 1},
        {"patient": {"reference": "Practitioner/x"}},
        {"patient": {"reference": "http://elsewhere/Patient/x"}},
        {"type": "banana"},
        {"code": None},
        {"recorder": {"reference": "Patient/pat2"}},
        {"clinicalStatus": {"coding": [{"system": "x", "code": "active"}]}},
        {"contained": []},
    ],
)
async def test_invalid_resources_are_not_written(world, kit, changes):
    async with world() as w:
        body = {name: value for name, value in kit.allergy(**changes).items() if value is not None}
        answer = await w.post("AllergyIntolerance", body)
        assert answer.status == 422, answer.body
        assert w.ehr.calls("POST") == []


async def test_create_answers_with_a_location(world, kit):
    async with world() as w:
        answer = await w.post("AllergyIntolerance", kit.allergy())
        assert answer.status == 201
        assert answer.headers["location"] == f"{w.settings.base_url}/AllergyIntolerance/new1"
        assert w.audit()[-1]["resource_id"] == "new1"
