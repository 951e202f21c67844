from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web

pytestmark = pytest.mark.anyio
FORM = "application/x-www-form-urlencoded"


def posted(w: Any, form: bytes, path: str = "Patient/_search", **headers: str) -> Any:
    return w.post(path, form, **{"Content_Type": FORM, **headers})


async def test_a_form_searches_like_an_address(world):
    async with world() as w:
        answer = await posted(w, b"patient=pat1", "Encounter/_search")
        assert (answer.status, answer.ids()) == (200, ["enc1"])
        answer = await posted(w, b"_count=1", "Encounter/_search?patient=pat1")
        assert (answer.status, answer.ids()) == (200, ["enc1"])


@pytest.mark.parametrize("by_form", [True, False])
async def test_what_tells_who_somebody_is_goes_to_the_ehr_as_a_form(world, by_form):
    query = "identifier=M-pat1&_id=pat1"
    async with world() as w:
        answer = await (posted(w, query.encode()) if by_form else w.get(f"Patient?{query}"))
        assert answer.ids() == ["pat1"]
        [call] = w.ehr.calls("POST")
        assert (call.path, call.query) == ("Patient/_search", "")
        assert parse_qs(call.body.decode()) == {"identifier": ["M-pat1"], "_id": ["pat1"], "_count": ["100"]}
        assert call.headers["content-type"] == FORM
        assert w.ehr.calls("GET") == []


async def test_a_patient_by_id_is_asked_for_by_address(world):
    async with world() as w:
        assert (await posted(w, b"_id=pat1")).ids() == ["pat1"]
        assert [call.query for call in w.ehr.calls("GET")] == ["_id=pat1&_count=100"]


async def test_a_search_by_form_is_repeated_like_any_read(world):
    async with world() as w:
        w.ehr.script.append(lambda *_: web.Response(status=503))
        assert (await posted(w, b"identifier=M-pat1&_id=pat1")).status == 200
        assert len(w.ehr.calls("POST")) == 2


@pytest.mark.parametrize(
    ("form", "headers", "status"),
    [
        (b"patient=pat1", {"Content_Type": "application/fhir+json"}, 415),
        (b"patient=pat1", {"Content_Type": "multipart/form-data"}, 415),
        (b"patient=" + b"p" * 8_000, {}, 413),
        (b"patient=\xff", {}, 400),
        (b"patient", {}, 400),
        (b"patient=pat1&patient=pat2", {}, 400),
        (b"patient=pat1&access_token=x", {}, 400),
        (b"patient=pat1&access_token=x", {"Prefer": "handling=lenient"}, 400),
        (b"unknown=1", {}, 400),
        (b"", {}, 400),
    ],
)
async def test_forms_that_are_refused(world, form, headers, status):
    async with world() as w:
        answer = await posted(w, form, "Encounter/_search", **headers)
        assert answer.status == status, answer.body
        assert w.ehr.calls("GET") + w.ehr.calls("POST") == []


async def test_a_form_is_posted(world):
    async with world() as w:
        answer = await w.get("Patient/_search?_id=pat1")
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
