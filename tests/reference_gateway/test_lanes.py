"""Slots for calls to the EHR: never more than allowed, interactive first."""

import asyncio

import pytest

from reference_gateway.defects import parts_with
from reference_gateway.ehr_request import EhrFailure
from reference_gateway.lanes import Lanes

pytestmark = pytest.mark.anyio


async def served_order(lanes):
    order = []

    async def call(lane):
        async with lanes.slot(lane, 5):
            order.append(lane)
            await asyncio.sleep(0)

    async with lanes.slot("batch", 5):
        calls = [asyncio.ensure_future(call(lane)) for lane in ("batch", "batch", "unheard", "partner", "interactive")]
        await asyncio.sleep(0.01)
        assert lanes.waiting == 5
    await asyncio.gather(*calls)
    return order


async def test_interactive_goes_first():
    assert await served_order(Lanes(1)) == ["interactive", "partner", "batch", "batch", "unheard"]


async def test_batch_first_is_a_defect():
    assert (await served_order(parts_with("batch-before-interactive").lanes(1)))[-1] == "interactive"


@pytest.mark.parametrize(("defect", "most"), [("", 3), ("no-concurrency-cap", 20)])
async def test_cap(defect, most):
    lanes = parts_with(defect).lanes(3) if defect else Lanes(3)
    now, highest = 0, 0

    async def call():
        nonlocal now, highest
        async with lanes.slot("batch", 5):
            now += 1
            highest = max(highest, now)
            await asyncio.sleep(0.001)
            now -= 1

    await asyncio.gather(*(call() for _ in range(20)))
    assert highest == most


async def test_patience_ends_and_no_slot_is_lost():
    lanes = Lanes(1)
    async with lanes.slot("batch", 1):
        with pytest.raises(EhrFailure, match="busy"):
            async with lanes.slot("batch", 0.01):
                raise AssertionError
    async with lanes.slot("batch", 0.01):
        pass
