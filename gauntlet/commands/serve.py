"""`gauntlet serve`: a mock EHR on its own, with a client that is ready to use, and a live log of its requests."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from gauntlet import places, ports
from gauntlet.commands.ready_client import CLIENT_ID, ReadyClient, key_at
from gauntlet.commands.request_log import RequestLog
from gauntlet.control import Control
from gauntlet.errors import GauntletError, SetupError, UsageError, closest
from gauntlet.scenario import fault as fault_of
from gauntlet.scenario import fault_in
from gauntlet.seed import DEFAULT_SEED
from mock_ehr.__main__ import new_loop
from mock_ehr.behaviours import FaultError
from mock_ehr.faults import parse_fault
from mock_ehr.serve import AddressTakenError, Running, Settings, mock_ehr
from mock_ehr.vendors import VENDORS

LOOK_EVERY_S = 0.2
NEW_TOKEN_EVERY_S = 240.0  # sooner than the shortest life of a token, five minutes


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be served. `faults` are names or files; `key` keeps the client's key over restarts."""

    vendor: str = "epic"
    patients: int = 1000
    seed: int | None = None
    port: int = 0
    faults: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    instance: str = ""
    key: Path | None = None
    quiet: bool = False


def serve_ehr(order: Order, stderr: Console) -> None:
    """Serve a mock EHR until Ctrl-C; prints addresses, a client, and a curl that works.

    Raises UsageError for an unknown vendor, quirk or fault and for a broken fault file, SetupError for an
    occupied port.
    """
    if order.vendor not in VENDORS:
        known = sorted(VENDORS)
        raise UsageError(
            f"unknown vendor {order.vendor!r}{closest(order.vendor, known)}", hint=f"there is {', '.join(known)}"
        )
    specs = [checked_fault(name) for name in order.faults]
    if order.port:
        ports.require_free(f"127.0.0.1:{order.port}", "mock EHR")
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    with tempfile.TemporaryDirectory(prefix="gauntlet-serve-") as folder, asyncio.Runner(loop_factory=new_loop) as loop:
        loop.run(_serve(order, specs, Path(folder), stderr))


def checked_fault(name: str) -> dict[str, Any]:
    """Return the fault of a name or a file, ready to be armed. Raises UsageError with file, key and valid values."""
    path = Path(name)
    spec = fault_in(path) if path.suffix == ".toml" else fault_of(name)
    try:
        parse_fault(spec, "")
    except FaultError as error:
        raise UsageError(f"fault {name}: {error}", hint="`gauntlet catalog faults` lists faults that work") from None
    return spec


async def _serve(order: Order, specs: Sequence[dict[str, Any]], folder: Path, stderr: Console) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    secret = secrets.token_hex(16)
    async with _running(order, secret) as running:
        clients = _clients(order, running, folder)
        control = Control("mock EHR", running.control, secret)
        for client in clients:
            await asyncio.to_thread(client.enter, control)
        for spec in specs:
            running.state.faults.arm(spec)
        _introduce(order, running, secret, clients)
        stderr.print("serving until Ctrl-C", highlight=False)
        tasks = [asyncio.create_task(_renew(clients, stderr))]
        if not order.quiet:
            tasks.append(asyncio.create_task(_follow(running, stderr)))
        await stop.wait()
        for task in tasks:
            task.cancel()
        stderr.print("stopped", highlight=False)


@contextlib.asynccontextmanager
async def _running(order: Order, secret: str) -> AsyncIterator[Running]:
    settings = Settings(
        secret,
        vendor=order.vendor,
        seed=DEFAULT_SEED if order.seed is None else order.seed,
        patients=order.patients,
        listen=("127.0.0.1", order.port),
        instance=order.instance,
        quirks=order.quirks,
        fault_folder=places.bundled("scenarios") / "faults",
    )
    served = mock_ehr(settings)
    try:
        running = await served.__aenter__()
    except AddressTakenError as error:
        raise SetupError(str(error)) from None
    except ValueError as error:
        raise UsageError(str(error)) from None
    try:
        yield running
    finally:
        await served.__aexit__(None, None, None)


def _clients(order: Order, running: Running, folder: Path) -> list[ReadyClient]:
    patient = running.state.store.population.patient(0).id
    doors = VENDORS[order.vendor].doors(running.data, order.instance, 0, patient)
    key = key_at(order.key or folder / f"{CLIENT_ID}.jwk.json")
    names = [CLIENT_ID, *(f"{CLIENT_ID}-{number}" for number in range(2, len(doors) + 1))]
    return [ReadyClient(door, name, key, folder) for door, name in zip(doors, names, strict=True)]


def _introduce(order: Order, running: Running, secret: str, clients: Sequence[ReadyClient]) -> None:
    population = running.state.store.population
    lines = [pair for client in clients for pair in client.introduction()]
    lines += [
        ("control API", f"{running.control}  Authorization: Bearer {secret}"),
        ("live page", f"{running.control}/#key={secret}"),
        ("faults armed", ", ".join(order.faults) or "none"),
        ("a patient", f"{population.patient(0).id} (MRN {population.chart(0).mrn}), one of {population.size}"),
    ]
    width = max(len(label) for label, _ in lines) + 3
    sys.stdout.write("".join(f"{label:{width}}{text}\n" for label, text in lines))
    sys.stdout.flush()


async def _follow(running: Running, stderr: Console) -> None:
    log = RequestLog(running.state.journal)
    log.skip()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        for text in log.lines():
            stderr.print(text, highlight=False, markup=False, soft_wrap=True)


async def _renew(clients: Sequence[ReadyClient], stderr: Console) -> None:
    """Keep the tokens in the curls alive."""
    while True:
        await asyncio.sleep(NEW_TOKEN_EVERY_S)
        for client in clients:
            try:
                await asyncio.to_thread(client.log_in)
            except (GauntletError, OSError) as error:
                stderr.print(f"no new token for {client.client_id}: {error}", highlight=False, markup=False)
