"""What is kept for the time when the EHR is down."""

from dataclasses import replace

import pytest

from reference_gateway import stale_answers
from reference_gateway.clock import Clock, Deadline
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.stale_answers import StaleAnswers

pytestmark = pytest.mark.anyio

UNREACHABLE = EhrFailure("unreachable", reached=False)


class ScriptedEhr:
    """Answers or fails as `now` says."""

    def __init__(self):
        self.now = EhrReply(200, {}, b"record")

    async def call(self, _request):
        if isinstance(self.now, EhrFailure):
            raise self.now
        return self.now


class World:
    def __init__(self, max_age_s=10.0):
        self.time, self.ehr, self.served, self.ages = 0.0, ScriptedEhr(), [], []
        clock = Clock(monotonic=lambda: self.time)
        self.answers = StaleAnswers(self.ehr, clock, max_age_s, lambda: self.served.append(1))
        self.request = EhrRequest(
            "GET", "Patient/p", "Patient", "c", "t", Deadline(clock, 99.0), rights="ward", served_stale=self.ages.append
        )

    async def asked(self, **changes):
        return await self.answers.call(replace(self.request, **changes))


async def test_an_answer_is_used_again_while_the_ehr_is_down():
    world = World()
    await world.asked()
    world.ehr.now, world.time = UNREACHABLE, 9.0
    assert (await world.asked()).body == b"record"
    assert (world.ages, world.served) == ([9.0], [1])
    world.time = 10.5
    with pytest.raises(EhrFailure):
        await world.asked()


async def test_a_fresh_answer_is_no_stale_one():
    world = World()
    await world.asked()
    await world.asked()
    assert not world.ages


@pytest.mark.parametrize(
    "changes",
    [{"rights": "somebody else"}, {"path": "Patient/q"}, {"query": (("a", "b"),)}, {"route": "next"}],
    ids=["rights", "path", "query", "route"],
)
async def test_another_request_finds_nothing(changes):
    world = World()
    await world.asked()
    world.ehr.now = UNREACHABLE
    with pytest.raises(EhrFailure):
        await world.asked(**changes)


@pytest.mark.parametrize("kind", ["busy", "rejected", "cancelled"])
async def test_trouble_of_the_gateway_is_no_outage(kind):
    world = World()
    await world.asked()
    world.ehr.now = EhrFailure(kind, reached=False)
    with pytest.raises(EhrFailure):
        await world.asked()


async def test_a_record_that_is_gone_is_not_served_later():
    world = World()
    await world.asked()
    world.ehr.now = EhrReply(404, {}, b"")
    await world.asked()
    world.ehr.now = UNREACHABLE
    with pytest.raises(EhrFailure):
        await world.asked()


async def test_writes_are_not_kept():
    world = World()
    await world.asked(method="POST")
    world.ehr.now = UNREACHABLE
    with pytest.raises(EhrFailure):
        await world.asked(method="POST")


async def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(stale_answers, "MOST_BYTES", 12)
    world = World()
    for path in ("Patient/1", "Patient/2", "Patient/3", "Patient/3"):
        await world.asked(path=path)
    world.ehr.now = UNREACHABLE
    await world.asked(path="Patient/3")
    await world.asked(path="Patient/2")
    with pytest.raises(EhrFailure):
        await world.asked(path="Patient/1")
