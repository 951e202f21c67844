"""Where consent comes from: pages, what is kept and for how long, and everything that must not pass as consent."""

import json
from types import SimpleNamespace

import pytest

from reference_gateway.bundles import Bundles
from reference_gateway.clock import Clock, Deadline
from reference_gateway.consent_provisions import Provisions
from reference_gateway.consent_source import ConsentSource
from reference_gateway.ehr_failures import FailureMapping
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.payloads import Payloads
from reference_gateway.refusal import Refusal, unavailable
from tests.reference_gateway.resources import FHIR

pytestmark = pytest.mark.anyio

EHR = "http://ehr/R4"
JSON = {"content-type": FHIR}


def consent(patient="p1", kind="permit", **changes):
    return {
        "resourceType": "Consent",
        "status": "active",
        "patient": {"reference": f"Patient/{patient}"},
        "provision": {"type": kind},
        **changes,
    }


def searchset(*resources, following=None):
    links = [{"relation": "next", "url": f"{EHR}/Consent?{following}"}] if following else []
    entries = [{"resource": item, "search": {"mode": "match"}} for item in resources]
    bundle = {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries}
    return EhrReply(200, JSON, json.dumps(bundle).encode())


class World:
    """A source, an EHR that answers by path and query, and a clock."""

    def __init__(self, **answers):
        self.answers, self.asked, self.now, self.saved = answers, [], 0.0, 0
        clock = Clock(monotonic=lambda: self.now)
        self.call_for = EhrRequest("GET", "", "", "c", "t", Deadline(clock, 99.0))
        self.source = ConsentSource(
            ehr=self,
            payloads=Payloads(lambda _: None),
            bundles=Bundles("http://gateway", EHR),
            provisions=Provisions,
            failures=FailureMapping(),
            clock=clock,
            max_age_s=1.0,
            saved=self.count,
        )

    def count(self):
        self.saved += 1

    async def call(self, request):
        self.asked.append((request.path, dict(request.query)))
        key = dict(request.query).get("sessionID", request.path.partition("/")[0])
        answer = self.answers[key]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def of(self, patient="p1"):
        return await self.source.of(patient, self.call_for)

    async def refused(self, patient="p1"):
        with pytest.raises(Refusal) as refusal:
            await self.of(patient)
        return refusal.value.status, refusal.value.reason


async def test_all_pages_are_read():
    world = World(Consent=searchset(consent(), following="sessionID=two"), two=searchset(consent(kind="deny")))
    assert [root["type"] for root in (await world.of()).roots] == ["permit", "deny"]
    assert world.asked == [("Consent", {"patient": "p1", "_count": "100"}), ("Consent", {"sessionID": "two"})]


async def test_kept_for_its_time_for_each_patient():
    world = World(Consent=searchset(consent()))
    first = await world.of()
    world.now = 0.99
    assert await world.of() is first
    assert (len(world.asked), world.saved) == (1, 1)
    world.now = 1.0
    assert await world.of() is not first
    world.answers["Consent"] = searchset(consent("p2"))
    await world.of("p2")
    assert (len(world.asked), world.saved) == (3, 1)


async def test_the_age_counts_from_the_question():
    world = World(Consent=searchset(consent()))
    slow = world.call

    async def call(request):
        world.now += 0.8
        return await slow(request)

    world.source.ehr = SimpleNamespace(call=call)
    await world.of()
    world.now += 0.3
    await world.of()
    assert len(world.asked) == 2


async def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr("reference_gateway.consent_source._MOST_KEPT", 2)
    world = World()
    for patient in ("p1", "p2", "p3"):
        world.answers["Consent"] = searchset(consent(patient))
        await world.of(patient)
    assert list(world.source.kept) == ["p2", "p3"]


# what the EHR answers = (its answer, the status that the consumer gets)
FAILURES = {
    "unreachable": (EhrFailure("unreachable", reached=False), 502),
    "silent": (EhrFailure("timeout", reached=True), 504),
    "overloaded": (EhrFailure("overloaded", reached=True), 503),
    "shed": (unavailable("too much", 1, reason="shed"), 503),
    "web page": (EhrReply(200, {"content-type": "text/html"}, b"<html>"), 502),
    "no searchset": (EhrReply(200, JSON, json.dumps(consent()).encode()), 502),
    "refused": (EhrReply(403, JSON, b"{}"), 503),
    "another's": (searchset(consent("p2")), 503),
    "no owner": (searchset({**consent(), "patient": "Patient/p1"}), 503),
    "no Consent": (searchset({"resourceType": "Patient", "id": "p1"}), 503),
    "not understood": (searchset(consent(kind="perhaps")), 503),
    "no answer to a consumer": (Refusal(404, "not-found", "not found"), 503),
}


@pytest.mark.parametrize(("answer", "status"), FAILURES.values(), ids=FAILURES)
async def test_what_cannot_be_established_is_no_consent(answer, status):
    world = World(Consent=answer, Patient=EhrReply(200, JSON, b"{}"))
    assert await world.refused() == (status, "consent-unavailable")
    assert world.source.kept == {}


async def test_a_failure_does_not_live_on_what_was_kept():
    world = World(Consent=searchset(consent()))
    await world.of()
    world.now, world.answers["Consent"] = 2.0, FAILURES["unreachable"][0]
    assert await world.refused() == (502, "consent-unavailable")


async def test_more_pages_than_can_be_read(monkeypatch):
    monkeypatch.setattr("reference_gateway.consent_source._MOST_PAGES", 3)
    page = searchset(consent(), following="sessionID=again")
    world = World(Consent=page, again=page, Patient=EhrReply(200, JSON, b"{}"))
    assert await world.refused() == (503, "consent-unavailable")
    assert len(world.asked) == 4, "three pages and the question for the patient"


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (EhrReply(404, JSON, b"{}"), (404, "not-found")),
        (EhrReply(410, JSON, b"{}"), (404, "not-found")),
        (EhrReply(200, JSON, b"{}"), (503, "consent-unavailable")),
        (EhrReply(500, JSON, b"{}"), (503, "consent-unavailable")),
        (EhrFailure("timeout", reached=True), (503, "consent-unavailable")),
        (unavailable("too much", 1, reason="shed"), (503, "consent-unavailable")),
    ],
)
async def test_nobody_s_consent_is_missing_when_there_is_no_such_patient(answer, wanted):
    world = World(Consent=EhrReply(400, JSON, b"{}"), Patient=answer)
    assert await world.refused("a/b") == wanted
    assert world.asked[-1] == ("Patient/a%2Fb", {})
