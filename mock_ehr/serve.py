"""Start and stop a mock EHR: what `python -m mock_ehr` and `gauntlet serve` run."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mock_ehr.charts import Dress, DressShared, plain
from mock_ehr.clock import Clock
from mock_ehr.control import Control
from mock_ehr.control.library import read_library
from mock_ehr.ehr import MockEhr
from mock_ehr.faults import FaultBook
from mock_ehr.hl7v2.listening import MllpListener
from mock_ehr.journal import Journal
from mock_ehr.limits import Limits
from mock_ehr.paging import Sessions
from mock_ehr.server import Listener
from mock_ehr.state import State
from mock_ehr.store import PopulationLike, Store
from mock_ehr.throttle import Throttle
from mock_ehr.tls import Tls, TlsSettings
from mock_ehr.tokens import Tokens
from mock_ehr.vendor import NewState, SiteOrder
from mock_ehr.vendors import VENDORS
from synthetic.population import Population

TOKEN_BYTES = 750  # 1000 characters: Epic's tokens are about 1 KB


class AddressTakenError(OSError):
    """An address that something else listens on; the message says which and how to fix it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a mock EHR is started with. Addresses are (host, port); port 0 takes a free one.

    An empty `instance` is the vendor's usual one. `fault_folder` holds the faults that can be armed by name.
    `hl7_listen` is where HL7 v2 orders are taken; None: nowhere. `tls` None is plain HTTP.
    With `tls_beside` the data side speaks plain HTTP all the same, and TLS at a second address.
    """

    secret: str
    vendor: str = "epic"
    seed: int = 7
    patients: int = 1000
    listen: tuple[str, int] = ("127.0.0.1", 0)
    control: tuple[str, int] = ("127.0.0.1", 0)
    instance: str = ""
    quirks: tuple[str, ...] = field(default_factory=tuple)
    fault_folder: Path | None = None
    hl7_listen: tuple[str, int] | None = None
    tls: TlsSettings | None = None
    tls_beside: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Running:
    """A mock EHR that is up: its addresses and its state."""

    data: str
    control: str
    state: State
    secured: str = ""  # the data side's second address, under TLS; "" when there is none
    hl7: str = ""  # host:port of the HL7 v2 listener, "" when there is none


def new_state(population: PopulationLike, seed: int) -> NewState:
    """Return what makes the state of a fresh mock EHR over `population`, on the real clock."""

    def make(
        dress: Dress,
        *,
        page_lifetime_s: float,
        new_token: Callable[[], str] | None = None,
        dress_shared: DressShared = plain,
    ) -> State:
        clock = Clock(time.time)
        return State(
            clock=clock,
            monotonic=time.monotonic,
            store=Store(population, dress, dress_shared),
            tokens=Tokens(clock.now, new_token or (lambda: secrets.token_urlsafe(TOKEN_BYTES))),
            sessions=Sessions(clock.now, seed, page_lifetime_s),
            journal=Journal(time.time, time.monotonic),
            faults=FaultBook(time.monotonic, clock.now),
            throttle=Throttle(time.monotonic, clock.now),
        )

    return make


PREPARED_UP_TO = 10_000  # patients: beyond, the first search that needs an index waits for it


@asynccontextmanager
async def mock_ehr(settings: Settings, population: PopulationLike | None = None) -> AsyncIterator[Running]:
    """Run a mock EHR on the running loop until the block ends. Raises AddressTakenError and ValueError."""
    people = population or Population(settings.seed, settings.patients)
    order = SiteOrder(people, settings.seed, settings.instance, settings.quirks, new_state(people, settings.seed))
    vendor, state = VENDORS[settings.vendor].open_site(order)
    library = read_library(settings.fault_folder) if settings.fault_folder else {}
    ehr = MockEhr(vendor, state)
    if settings.tls is not None:
        state.use_tls(Tls(settings.tls, time.time))
    data = Listener(ehr, settings.limits, ehr, None if settings.tls_beside else state.tls, ehr.lanes)
    secured = Listener(ehr, settings.limits, ehr, state.tls, ehr.lanes)
    control = Listener(Control(state, settings.secret, vendor.register, library))
    orders = MllpListener(state.hl7v2.inbox)
    preparing = None
    try:
        data_url = await start(data, settings.listen)
        control_url = await start(control, settings.control)
        state.public_url = data_url
        secured_url = await start(secured, (settings.listen[0], 0)) if state.tls and settings.tls_beside else ""
        if settings.hl7_listen:
            state.hl7v2.address = await start(orders, settings.hl7_listen)
        if people.size <= PREPARED_UP_TO:
            preparing = asyncio.create_task(vendor.prepare())
        yield Running(data_url, control_url, state, secured_url, state.hl7v2.address)
    finally:
        if preparing is not None:
            preparing.cancel()
        await state.hl7v2.close()
        await orders.stop()
        await control.stop()
        await secured.stop()
        await data.stop()


async def start(listener: Listener | MllpListener, address: tuple[str, int]) -> str:
    """Start a listener and return its address. Raises AddressTakenError."""
    try:
        return await listener.start(*address)
    except OSError as error:
        where = f"{address[0]}:{address[1]}"
        raise AddressTakenError(
            f"cannot listen on {where}: {error.strerror or error}; stop what uses it or give port 0 for a free one"
        ) from error


async def serve(settings: Settings, ready: Callable[[Running], None], stop: asyncio.Event) -> None:
    """Run a mock EHR until `stop` is set; `ready` is told the addresses.

    Raises AddressTakenError and ValueError.
    """
    async with mock_ehr(settings) as running:
        ready(running)
        await stop.wait()
