"""The honest gateway from end to end: reads, searches, creates, and what goes wrong in front of it and behind it."""

import pytest

pytestmark = pytest.mark.anyio


async def test_read_undoes_the_dress(world):
    async with world() as w:
        answer = await w.get("Patient/pat1")
        assert answer.status == 200, answer.body
        assert "open.epic.com" not in answer.body.decode()
        assert [item["type"]["text"] for item in answer.json()["identifier"]] == ["MRN"]
