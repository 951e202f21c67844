"""Starting and stopping: addresses, occupied ports, nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from mock_ehr.charts import plain
from mock_ehr.record import Record, ResourceLike
from mock_ehr.serve import AddressTakenError, Running, Settings, mock_ehr, new_state, serve


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(work())  # type: ignore[arg-type]  # every coroutine here is awaitable


def test_stops_when_told_to() -> None:
    async def work() -> Running:
        stop, up, told = asyncio.Event(), asyncio.Event(), []

        def ready(running: Running) -> None:
            told.append(running)
            up.set()

        task = asyncio.create_task(serve(Settings("s", patients=1), ready, stop))
        await asyncio.wait_for(up.wait(), 10)
        async with httpx.AsyncClient(verify=False) as client:
            answer = await client.get(f"{told[0].data}/FHIR/api/FHIR/R4/metadata")
        assert answer.status_code == 200
        stop.set()
        await task
        return told[0]

    running = run(work)
    with pytest.raises(httpx.ConnectError):
        httpx.get(running.data, verify=False)


def test_leaves_no_task_and_no_connection_behind(population: Any) -> None:
    """Shut down with a stalled, a delayed, a searching and an idle connection open."""

    async def work() -> list[str]:
        async with mock_ehr(Settings("s"), population) as running:
            running.state.faults.arm({"match": {"path": "*/stall"}, "behaviour": {"kind": "stall"}})
            running.state.faults.arm({"match": {"path": "*/late"}, "behaviour": {"kind": "delay", "seconds": 60}})
            token = running.state.tokens.issue("gw").token
            host, port = running.data.removeprefix("http://").split(":")
            writers = []
            for path in ("stall", "late", "Patient?family=a&given=b", ""):
                reader, writer = await asyncio.open_connection(host, int(port))
                request = f"GET /FHIR/api/FHIR/R4/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
                writer.write(request.encode() if path else b"GET / HT")
                writers.append((reader, writer))
            for _ in range(100_000):  # turns of the loop until all three requests have arrived
                if len(running.state.journal.since(0)[0]) == 3:
                    break
                await asyncio.sleep(0)
        outcomes = [entry.outcome for entry in running.state.journal.since(0)[0]]
        for reader, writer in writers:
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()
        current = asyncio.current_task()
        assert [task for task in asyncio.all_tasks() if task is not current] == []
        return outcomes

    outcomes = run(work)
    assert outcomes[:2] == ["aborted", "aborted"]
    assert "open" not in outcomes


def test_an_occupied_address_is_named_with_a_way_out() -> None:
    async def work() -> str:
        async with mock_ehr(Settings("s", patients=1)) as running:
            port = int(running.data.rpartition(":")[2])
            with pytest.raises(AddressTakenError) as refused:
                async with mock_ehr(Settings("s", patients=1, control=("127.0.0.1", port))):
                    pass
            return f"{refused.value} {port}"

    message = run(work)
    assert f"127.0.0.1:{message.rpartition(' ')[2]}: " in message
    assert "port 0" in message


def test_the_same_seed_serves_the_same_bytes(population: Any) -> None:
    async def work() -> list[bytes]:
        bodies = []
        for _ in range(2):
            async with mock_ehr(Settings("s", seed=7, patients=40)) as running:
                record = running.state.store.find("Patient", population.chart(5).id)
                assert record is not None
                bodies.append(record.json)
        return bodies

    first, second = run(work)
    assert first == second
    assert json.loads(first)["id"] == population.chart(5).id


def test_a_vendor_dresses_the_directory_too(population: Any) -> None:
    def dressed(resource: ResourceLike) -> Record:
        return replace(plain(resource), json=resource.json.replace(b'"id":', b'"language":"en","id":'))

    location = next(iter(population.directory().of_type("Location")))
    for dress, language in ((dressed, "en"), (plain, None)):
        state = new_state(population, 7)(lambda _chart: (), page_lifetime_s=1, dress_shared=dress)
        found = state.store.find("Location", location.id)
        assert found is not None
        assert found.body().get("language") == language


def test_unknown_quirks_are_refused() -> None:
    async def work() -> None:
        async with mock_ehr(Settings("s", quirks=("total_is_page_sise=false",))):
            pass

    with pytest.raises(ValueError, match="did you mean total_is_page_size"):
        run(work)
