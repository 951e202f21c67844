"""The demographic index: built once, by all who wait, while others are served."""

from __future__ import annotations

import asyncio
from typing import Any

from mock_ehr.demographics import Demographics


def test_is_built_once_by_all_who_wait(shelf: Any) -> None:
    charts = shelf([[{"resourceType": "Patient", "id": f"p{n}", "birthDate": "2000-01-01"}] for n in range(25)])
    index = Demographics(charts)

    async def work() -> int:
        turns = 0
        waiting = asyncio.gather(*(index.ready() for _ in range(3)))
        while not waiting.done():
            turns += 1
            await asyncio.sleep(0)
        return turns

    assert not index.built
    assert asyncio.run(work()) > 2  # others had their turn in between
    assert index.built
    assert charts.generated == list(range(25))
    assert [someone.index for someone in index.people] == list(range(25))
