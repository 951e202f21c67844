"""The HTTP shell on the raw wire, and the process around it: hostile requests, drain, start and stop."""

import asyncio
import json
import os
import signal
import socket
import sys

import pytest

pytestmark = pytest.mark.anyio

SMUGGLING = {
    "both-lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two-lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "two-hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "folded": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n",
    "space-before-colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "chunked-twice": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "no-http": b"hello\r\n\r\n",
    "nul": b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
}


async def raw(w, sent):
    host, port = w.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(65_536), 5)
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize("sent", SMUGGLING.values(), ids=SMUGGLING)
async def test_smuggling_shapes_are_refused(world, sent):
    async with world() as w:
        answer = await raw(w, sent)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.split()[1] == b"400"
        assert b"nosniff" in head
        assert b"aiohttp" not in head
        assert json.loads(body)["resourceType"] == "OperationOutcome"
        assert w.ehr.seen == []


async def test_idle_connections_do_not_keep_others_out(world):
    async with world() as w:
        host, port = w.url.removeprefix("http://").split(":")
        idle = [await asyncio.open_connection(host, int(port)) for _ in range(50)]
        for _, writer in idle:
            writer.write(b"GET /fhir/R4/Pat")
        assert (await w.get("Patient/pat1")).status == 200
        for _, writer in idle:
            writer.close()


async def test_chunked_body_over_the_limit(world):
    async with world() as w:

        async def chunks():
            for _ in range(12):
                yield b"x" * 100_000

        headers = {"Authorization": f"Bearer {w.token()}", "Content-Type": "application/fhir+json"}
        address = f"{w.url}/fhir/R4/AllergyIntolerance"
        async with w.session.post(address, data=chunks(), headers=headers) as answer:
            assert answer.status == 413


@pytest.fixture
def environment(ring, folder):
    limit = {"lane": "interactive", "rate_per_s": 200, "burst": 500}
    (folder / "key.json").write_text(json.dumps(ring["gateway"].as_dict(private=True)))
    (folder / "clients.json").write_text(json.dumps({"clients": {"app": limit}, "default": limit}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def settings(w):
        return {
            "PATH": os.environ["PATH"],
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "GATEWAY_BASE_URL": f"http://127.0.0.1:{port}/fhir/R4",
            "GATEWAY_ISSUER": w.issuer.url,
            "GATEWAY_AUDIENCE": w.settings.audience,
            "GATEWAY_EHR_BASE_URL": w.ehr.base,
            "GATEWAY_EHR_TOKEN_URL": w.settings.ehr_token_url,
            "GATEWAY_EHR_CLIENT_ID": "gateway",
            "GATEWAY_EHR_KEY_FILE": str(folder / "key.json"),
            "GATEWAY_STATE_DIR": str(folder / "state"),
            "GATEWAY_AUDIT_FILE": str(folder / "process-audit.jsonl"),
            "GATEWAY_CLIENTS_FILE": str(folder / "clients.json"),
        }

    return settings


async def start(settings):
    command = (sys.executable, "-m", "reference_gateway", "serve", "--defect=")
    pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    return await asyncio.create_subprocess_exec(*command, env=settings, **pipes)


async def test_sigterm_finishes_what_is_under_way(world, environment):
    async with world() as w:
        settings = environment(w)
        process = await start(settings)
        announced = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        assert announced == {"ready": True, "data": f"http://{settings['GATEWAY_LISTEN']}"}
        arrived = asyncio.Event()

        async def slow(ehr, request, sent):
            arrived.set()
            await asyncio.sleep(0.7)

        w.ehr.script = [slow]
        address = f"{announced['data']}/fhir/R4/Patient/pat1"
        reading = asyncio.ensure_future(w.send("GET", address))
        await asyncio.wait_for(arrived.wait(), 10)
        process.send_signal(signal.SIGTERM)
        assert (await reading).status == 200
        _, log = await asyncio.wait_for(process.communicate(), 10)
        assert process.returncode == 0
        assert b"Traceback" not in log


async def test_occupied_address(world, environment):
    async with world() as w:
        taken = w.url.removeprefix("http://")
        process = await start({**environment(w), "GATEWAY_LISTEN": taken})
        _, said = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 2
        assert taken in said.decode()
        assert said.count(b"\n") == 1
