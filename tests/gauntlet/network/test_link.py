"""What only the built-in server can be asked: its seed, its memory, its tasks."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from gauntlet.network.proxy import Proxy
from gauntlet.network.toxics import Latency, LimitData, NamedToxic, Timeout, Toxic


def hits(seed: int, upstream: str, toxicity: float) -> list[bool]:
    async def run() -> list[bool]:
        proxy = Proxy("p", "127.0.0.1:0", upstream, seed)
        await proxy.start()
        proxy.add(NamedToxic("limit", LimitData(bytes=0), "downstream", toxicity))
        cut = []
        for _ in range(30):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.listen.rpartition(":")[2]))
            writer.write(b"hello")
            cut.append(await reader.read(5) == b"")
            writer.close()
            await writer.wait_closed()
        await proxy.remove()
        return cut

    return asyncio.run(run())


def test_the_seed_decides_which_connections_a_toxicity_hits(upstream: str) -> None:
    first = hits(1, upstream, 0.5)
    assert hits(1, upstream, 0.5) == first
    assert hits(2, upstream, 0.5) != first
    assert hits(1, upstream, 0.0) == [False] * 30
    assert hits(1, upstream, 1.0) == [True] * 30


@pytest.mark.parametrize("toxic", [Toxic(), Latency(latency=60_000), Timeout(timeout=0)], ids=lambda t: t.kind)
@pytest.mark.parametrize("added", ["before", "after"])
def test_stopping_leaves_no_task_and_no_connection(upstream: str, toxic: Toxic, added: str) -> None:
    async def run() -> None:
        proxy = Proxy("p", "127.0.0.1:0", upstream, 1)
        await proxy.start()
        if added == "before":
            proxy.add(NamedToxic("t", toxic, "downstream"))
        port = int(proxy.listen.rpartition(":")[2])
        clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        if added == "after":
            proxy.add(NamedToxic("t", toxic, "upstream"))
        for _, writer in clients:
            writer.write(b"hello")
            await writer.drain()
        await proxy.remove()
        assert proxy.connections == set()
        for reader, writer in clients:
            with suppress(ConnectionResetError):  # when the proxy had not read all
                assert await reader.read() in {b"", b"hello"}
                writer.close()
                await writer.wait_closed()
        for _ in range(3):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


@pytest.mark.parametrize("toxic", [None, Toxic(), Latency(latency=1)], ids=["none", "noop", "latency"])
def test_a_reader_that_does_not_read_slows_the_sender_down(toxic: Toxic | None) -> None:
    """Without back-pressure the proxy would take all the sender has: here 256 MB."""
    chunk, sent = b"x" * (1024 * 1024), 0

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for _ in range(256):
            writer.write(chunk)
            await writer.drain()
            sent += 1
        writer.close()

    async def run() -> None:
        async with await asyncio.start_server(flood, "127.0.0.1", 0) as flooding:
            proxy = Proxy("p", "127.0.0.1:0", f"127.0.0.1:{flooding.sockets[0].getsockname()[1]}", 1)
            await proxy.start()
            if toxic:
                proxy.add(NamedToxic("t", toxic, "downstream"))
            _, writer = await asyncio.open_connection("127.0.0.1", int(proxy.listen.rpartition(":")[2]), limit=1024)
            before = -1
            while sent != before:  # until the sender stands still
                before = sent
                await asyncio.sleep(0.15)
            assert sent < 128
            await proxy.remove()
            writer.close()

    asyncio.run(run())
