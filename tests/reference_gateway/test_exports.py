"""Trail and metrics beside their files: by syslog, by HTTP for who holds the key, and pushed by OTLP."""

import asyncio
import json
import socket

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from reference_gateway.audit_syslog import SyslogForwarder
from reference_gateway.clock import Clock
from reference_gateway.export_settings import ExportSettings, Syslog, read_export_settings
from reference_gateway.otlp_push import OtlpPush

pytestmark = pytest.mark.anyio

KEY = "a key of sixteen characters"
RECORDS = [{"time": f"2026-11-22T04:30:0{number}.000Z", "action": "read", "n": number} for number in range(3)]


def line(record):
    return json.dumps(record).encode() + b"\n"


class Collector:
    """A TCP syslog server."""

    def __init__(self):
        self.received = b""
        self.connections = 0
        self.more = asyncio.Event()
        self.ended = asyncio.Event()

    async def take(self, reader, writer):
        self.connections += 1
        while more := await reader.read(65536):
            self.received += more
            self.more.set()
        writer.close()
        await writer.wait_closed()
        self.ended.set()

    async def holds(self, word):
        async with asyncio.timeout(5):
            while word not in self.received:
                self.more.clear()
                await self.more.wait()

    async def close(self, server, forwarder):
        forwarder.disconnect()
        await self.ended.wait()
        server.close()
        await server.wait_closed()

    async def open(self):
        server = await asyncio.start_server(self.take, "127.0.0.1", 0)
        return server, Syslog("tcp", *server.sockets[0].getsockname()[:2])


async def test_whole_records_are_sent_once(folder):
    trail = folder / "audit.jsonl"
    trail.write_bytes(line(RECORDS[0]) + line(RECORDS[1])[:10])
    collector = Collector()
    server, syslog = await collector.open()
    forwarder = SyslogForwarder(trail, syslog, Clock())
    await forwarder.send_new()
    await collector.holds(b'"n": 0}')
    trail.write_bytes(b"".join(map(line, RECORDS)))
    await forwarder.send_new()
    await forwarder.send_new()
    await collector.holds(b'"n": 2}')
    await collector.close(server, forwarder)
    first = f"<109>1 2026-11-22T04:30:00.000Z {socket.gethostname()} reference-gateway - read - ".encode()
    message = first + line(RECORDS[0]).rstrip()
    assert collector.received.startswith(b"%d %s" % (len(message), message))
    assert collector.received.count(b'"n": 1}') == 1
    assert collector.connections == 1


async def test_a_collector_that_is_away_gets_it_later(folder):
    trail = folder / "audit.jsonl"
    trail.write_bytes(line(RECORDS[0]))
    forwarder = SyslogForwarder(trail, Syslog("tcp", "127.0.0.1", 1), Clock())
    await forwarder.send_new()
    collector = Collector()
    server, forwarder.syslog = await collector.open()
    await forwarder.send_new()
    await collector.holds(b'"n": 0}')
    await collector.close(server, forwarder)
    again = SyslogForwarder(trail, forwarder.syslog, Clock())
    assert again.new_lines() == [], "a restart does not send it again"


async def test_by_datagram_and_to_the_end(folder):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        trail = folder / "audit.jsonl"
        trail.touch()
        forwarder = SyslogForwarder(trail, Syslog("udp", *receiver.getsockname()), Clock())
        task = asyncio.create_task(forwarder.run())
        await asyncio.sleep(0)
        trail.write_bytes(line(RECORDS[0]))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert receiver.recv(65536).endswith(line(RECORDS[0]).rstrip())


async def test_the_trail_is_for_who_holds_the_key(world):
    async with world(exports=ExportSettings(audit_key=KEY)) as w:
        await w.get("Patient/pat1")
        for token in (None, "another key that is long"):
            refused = await w.send("GET", "/audit/records", token=token)
            assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
        shown = await w.send("GET", "/audit/records", token=KEY)
        assert shown.body == w.settings.audit_file.read_bytes()
        assert "link" not in shown.headers
        assert (await w.send("GET", "/audit/records?after=x", token=KEY)).status == 400
    async with world() as w:
        assert (await w.send("GET", "/audit/records", token=KEY)).status != 200


async def test_pages_lead_on(world, monkeypatch):
    monkeypatch.setattr("reference_gateway.audit_pages.PAGE", 2)
    async with world(exports=ExportSettings(audit_key=KEY)) as w:
        for _ in range(2):
            await w.get("Patient/pat1")
        records, pages, path = w.audit(), [], "/audit/records"
        while path:
            page = await w.send("GET", path, token=KEY)
            pages += page.body.splitlines()
            path = page.headers.get("link", "")[1:].partition(">")[0]
        assert [json.loads(item) for item in pages] == records
        bundle = (await w.send("GET", "/audit/AuditEvent", token=KEY)).json()
        assert [entry["resource"]["id"] for entry in bundle["entry"]] == ["a1", "a2"]
        assert bundle["link"] == [{"relation": "next", "url": "/audit/AuditEvent?after=2"}]


@pytest.fixture
def registry():
    registry = CollectorRegistry()
    Counter("hits", "Hits", ["kind"], registry=registry).labels("a").inc(3)
    Gauge("depth", "Depth", registry=registry).set(2)
    spread = Histogram("size", "Size", buckets=(1, 10), registry=registry)
    for value in (0.5, 5, 50, 50):
        spread.observe(value)
    return registry


async def test_what_is_counted_is_told(registry):
    push = OtlpPush(None, registry, "http://x", 1.0, Clock(wall=lambda: 10.0))
    scope = push.document()["resourceMetrics"][0]["scopeMetrics"][0]
    told = {metric["name"]: metric for metric in scope["metrics"]}
    assert sorted(told) == ["depth", "hits_total", "size"]
    hits = told["hits_total"]["sum"]
    assert (hits["isMonotonic"], hits["dataPoints"][0]["asDouble"]) == (True, 3.0)
    assert hits["dataPoints"][0]["attributes"] == [{"key": "kind", "value": {"stringValue": "a"}}]
    assert told["depth"]["gauge"]["dataPoints"][0]["timeUnixNano"] == "10000000000"
    spread = told["size"]["histogram"]["dataPoints"][0]
    assert (spread["count"], spread["sum"]) == ("4", 105.5)
    assert (spread["bucketCounts"], spread["explicitBounds"]) == (["1", "1", "2"], [1.0, 10.0])


async def test_the_gateway_pushes(world):
    pushed, twice = [], asyncio.Event()

    async def take(request):
        pushed.append((request.path, request.content_type, await request.json()))
        if len(pushed) == 2:
            twice.set()
        return web.json_response({})

    runner = web.ServerRunner(web.Server(take))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}/otlp"
    async with world(exports=ExportSettings(otlp_endpoint=endpoint, otlp_every_s=0.01)), asyncio.timeout(5):
        await twice.wait()
    await runner.cleanup()
    assert pushed[0][:2] == ("/otlp/v1/metrics", "application/json")


def read(environment):
    def setting(name, read):
        return read(environment[name])

    return read_export_settings(environment, setting)


async def test_settings():
    assert read({}) == ExportSettings()
    everything = {
        "GATEWAY_AUDIT_SYSLOG": "udp://127.0.0.1:514",
        "GATEWAY_AUDIT_KEY": KEY,
        "GATEWAY_OTLP_ENDPOINT": "http://collector:4318/",
        "GATEWAY_OTLP_SIGNALS": "traces, metrics",
        "GATEWAY_OTLP_EVERY_S": "0.5",
    }
    both = ("traces", "metrics")
    assert read(everything) == ExportSettings(Syslog("udp", "127.0.0.1", 514), KEY, "http://collector:4318", both, 0.5)
    assert KEY not in repr(read(everything))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEWAY_AUDIT_SYSLOG", "127.0.0.1:514"),
        ("GATEWAY_AUDIT_SYSLOG", "tls://collector:6514"),
        ("GATEWAY_AUDIT_SYSLOG", "tcp://collector"),
        ("GATEWAY_AUDIT_KEY", "short"),
        ("GATEWAY_OTLP_ENDPOINT", "collector:4318"),
        ("GATEWAY_OTLP_SIGNALS", "logs"),
        ("GATEWAY_OTLP_SIGNALS", ""),
        ("GATEWAY_OTLP_EVERY_S", "0"),
        ("GATEWAY_OTLP_EVERY_S", "nan"),
    ],
)
async def test_wrong_settings(name, value):
    with pytest.raises(ValueError, match=" "):
        read({name: value})
