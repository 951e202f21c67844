"""The gateway's own spans: one for each request and each attempt at the EHR, of traces that are to be recorded."""

import asyncio

import pytest
from aiohttp import web

from reference_gateway.clock import Clock
from reference_gateway.export_settings import ExportSettings
from reference_gateway.span_push import SpanPush
from reference_gateway.spans import MOST_WAITING, Spans

pytestmark = pytest.mark.anyio

TRACE, SPAN = "ab" * 16, "cd" * 8
SAMPLED, UNSAMPLED = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"


class Collector:
    """Takes pushes of spans."""

    def __init__(self):
        self.paths, self.spans, self.more = set(), [], asyncio.Event()

    async def take(self, request):
        self.paths.add(request.path)
        for of_resource in (await request.json())["resourceSpans"]:
            for of_scope in of_resource["scopeSpans"]:
                self.spans += of_scope["spans"]
        self.more.set()
        return web.json_response({})

    async def holds(self, count):
        async with asyncio.timeout(20):
            while len(self.spans) < count:
                self.more.clear()
                await self.more.wait()
        return sorted(self.spans, key=lambda span: span["kind"])


@pytest.fixture
async def collector():
    collector = Collector()
    runner = web.ServerRunner(web.Server(collector.take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield collector
    await runner.cleanup()


def exports(collector, *signals):
    return ExportSettings(otlp_endpoint=collector.url, otlp_signals=signals, otlp_every_s=0.01)


def facts(span):
    return {item["key"]: item["value"]["stringValue"] for item in span["attributes"]}


async def test_a_request_and_its_attempt(world, collector):
    async with world(exports=exports(collector, "traces")) as w:
        await w.get("Patient/pat1", traceparent=SAMPLED)
        server, client = await collector.holds(2)
        sent = w.ehr.calls()[-1].headers["traceparent"]
    assert collector.paths == {"/v1/traces"}
    assert {server["traceId"], client["traceId"]} == {TRACE}
    assert (server["parentSpanId"], client["parentSpanId"]) == (SPAN, server["spanId"])
    assert sent == f"00-{TRACE}-{client['spanId']}-01"
    assert (server["name"], client["name"]) == ("GET Patient/{id}", "GET Patient/{id}")
    assert facts(server) == {
        "http.request.method": "GET",
        "fhir.resource_type": "Patient",
        "fhir.interaction": "read",
        "http.response.status_code": "200",
    }
    assert facts(client)["http.response.status_code"] == "200"
    assert "status" not in server
    assert int(server["startTimeUnixNano"]) <= int(server["endTimeUnixNano"])
    assert "pat1" not in str(collector.spans)


async def test_what_is_not_to_be_recorded(world, collector):
    async with world(exports=exports(collector, "traces")) as w:
        for headers in ({}, {"traceparent": UNSAMPLED}, {"traceparent": "nonsense"}):
            await w.get("Patient/pat1", **headers)
        await w.get("Nobody/x", traceparent=SAMPLED)
        (only,) = await collector.holds(1)
    assert (only["name"], facts(only)["http.response.status_code"]) == ("GET other", "404")


async def test_metrics_alone_unless_asked(world, collector):
    async with world(exports=ExportSettings(otlp_endpoint=collector.url)) as w:
        await w.get("Patient/pat1", traceparent=SAMPLED)
        assert w.gateway.steps.spans.taken() == []


async def test_what_waits_is_bounded():
    spans = Spans(Clock(), lambda size: "0" * 2 * size, wanted=True)
    for number in range(MOST_WAITING + 5):
        spans.add({"name": str(number)})
    held = spans.taken()
    assert (len(held), held[0], spans.taken()) == (MOST_WAITING, {"name": "0"}, [])


async def test_nothing_is_pushed_when_there_is_nothing():
    await SpanPush(None, Spans(Clock(), str, wanted=True), "http://nowhere", 1.0).push()
