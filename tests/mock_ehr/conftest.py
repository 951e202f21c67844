"""A mock EHR without sockets (`desk`) for what it says, and one behind real sockets (`running`) for how it says it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwk, jwt

from mock_ehr.clients import parse_client
from mock_ehr.clock import Clock
from mock_ehr.demographics import Demographics
from mock_ehr.ehr import MockEhr
from mock_ehr.faults import FaultBook
from mock_ehr.journal import Journal
from mock_ehr.message import Ending, Reply, Request
from mock_ehr.paging import Sessions
from mock_ehr.serve import Running, Settings, mock_ehr
from mock_ehr.state import State
from mock_ehr.store import PopulationLike, Store
from mock_ehr.throttle import Throttle
from mock_ehr.tokens import Tokens
from mock_ehr.vendors.epic.dress import Dress
from mock_ehr.vendors.epic.endpoint import Epic
from mock_ehr.vendors.epic.quirks import EpicQuirks
from mock_ehr.vendors.epic.site import Site
from synthetic.population import Population
from tests.mock_ehr.hand_made import Shelf
from tests.mock_ehr.replies import Seen, parse_reply

SECRET = "control-secret"
FAULTS = Path(__file__).parents[2] / "scenarios" / "faults"
BASE = "/FHIR/api/FHIR/R4"
PUBLIC = "http://ehr.test"
TOKEN_URL = f"{PUBLIC}/FHIR/oauth2/token"
JSON = "application/fhir+json"
START = 1_800_000_000.0
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Ticker:
    """A clock that stands still until it is told to go on."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Desk:
    """A mock EHR in this thread, on a clock that the test turns."""

    ehr: MockEhr
    state: State
    site: Site
    ticker: Ticker
    key: jwk.RSAKey
    token: str = ""
    replies: list[Reply] = field(default_factory=list)

    def again(self, request: Request) -> bytes | None:
        """Answer a GET as a connection does on which the same bytes came before; None when nothing stands."""
        if request.method != "GET" or request.body:
            return None
        lane = self.ehr.lanes.lane(repr(request.headers).encode(), request.certificate)
        request.place = (lane, f"{request.path}?{request.query}".encode())
        kept = lane.get(request.place[1])
        answer = kept() if kept is not None else None
        return b"".join(answer) if isinstance(answer, tuple) else answer

    def send(self, request: Request) -> Seen:
        outcome = self.again(request) or self.ehr.handle(request)
        if isinstance(outcome, bytes):  # needs nothing more and is in the journal already
            return parse_reply(Reply(outcome, lambda _outcome: None))
        reply = outcome if isinstance(outcome, Reply) else asyncio.run(resolve(outcome))
        self.replies.append(reply)
        if reply.ending is not Ending.HANG:
            reply.done("answered" if reply.ending is Ending.KEEP else "dropped")
        return parse_reply(reply)

    def get(self, path: str, *, accept: str = JSON, token: str | None = None) -> Seen:
        """GET a path below the FHIR base, or an absolute address or path."""
        place, _, query = path.removeprefix(PUBLIC).partition("?")
        full = place if place.startswith("/") else f"{BASE}/{place}"
        bearer = self.token if token is None else token
        headers = {"accept": accept} | ({"authorization": f"Bearer {bearer}"} if bearer else {})
        return self.send(Request("GET", full, query, headers))

    def post(self, path: str, body: Any, **headers: str) -> Seen:
        return self.write("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Seen:
        return self.write("PUT", path, body, **headers)

    def write(self, method: str, path: str, body: Any, **headers: str) -> Seen:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        shown = {"accept": JSON, "content-type": JSON, "authorization": f"Bearer {self.token}"}
        shown |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(Request(method, f"{BASE}/{path}", "", shown, data))

    def register(self, client_id: str, **changes: Any) -> None:
        raw = {"jwks": {"keys": [self.key.as_dict(private=False)]}, "scopes": ["system/*.*"], **changes}
        self.state.clients[client_id] = parse_client(client_id, raw)

    def log_in(self, client_id: str) -> str:
        return self.state.tokens.issue(client_id).token

    def assertion(
        self, claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None, key: Any = None
    ) -> str:
        """A good assertion of client gw, with what the test changes; a value None removes the name."""
        now = int(self.ticker.now)
        good = {"iss": "gw", "sub": "gw", "aud": TOKEN_URL, "jti": str(uuid.uuid4()), "exp": now + 240, "iat": now}
        made = {name: value for name, value in (good | (claims or {})).items() if value is not None}
        head = {"alg": "RS384", "kid": "key-1"} | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(
            head, made, key or self.key, algorithms=["RS256", "RS384", "RS512", "ES256", "ES384", "HS256"]
        )

    def ask_token(self, assertion: str, **changes: str) -> Seen:
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
        form |= {"client_assertion": assertion} | changes
        body = str(httpx.QueryParams(form)).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return self.send(Request("POST", "/FHIR/oauth2/token", "", headers, body))

    def journal(self) -> list[dict[str, Any]]:
        return [entry.as_dict() for entry in self.state.journal.since(0)[0]]


async def resolve(pending: Any) -> Reply:
    reply = await pending
    assert isinstance(reply, Reply)
    return reply


def new_desk(population: PopulationLike, key: jwk.RSAKey, quirks: EpicQuirks) -> Desk:
    ticker = Ticker()
    clock = Clock(ticker)
    names = iter(range(10_000))
    state = State(
        clock=clock,
        monotonic=ticker,
        store=Store(population, Dress(quirks)),
        tokens=Tokens(clock.now, lambda: f"token-{next(names)}"),
        sessions=Sessions(clock.now, 7, quirks.page_lifetime_s),
        journal=Journal(ticker, ticker),
        faults=FaultBook(ticker),
        throttle=Throttle(ticker),
        public_url=PUBLIC,
    )
    site = Site("FHIR", quirks, state, Demographics(population), 7)
    desk = Desk(MockEhr(Epic(site), state), state, site, ticker, key)
    desk.register("gw")
    desk.token = desk.log_in("gw")
    return desk


@pytest.fixture(scope="session")
def key() -> jwk.RSAKey:
    return jwk.RSAKey.generate_key(2048, {"kid": "key-1"})


@pytest.fixture(scope="session")
def population() -> Population:
    return Population(7, 40)


@pytest.fixture
def desk(population: Population, key: jwk.RSAKey) -> Desk:
    return new_desk(population, key, EpicQuirks())


@pytest.fixture
def desk_with(key: jwk.RSAKey, population: Population) -> Callable[..., Desk]:
    """Make a desk with other switches, over another population."""

    def make(people: PopulationLike = population, **switches: Any) -> Desk:
        return new_desk(people, key, EpicQuirks(**switches))

    return make


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def run(self, coroutine: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        return future.result(20)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@contextmanager
def on_loop(loop: Loop, manager: Any) -> Iterator[Any]:
    """Hold an asynchronous context manager open on the other thread's loop."""
    value = loop.run(manager.__aenter__())
    try:
        yield value
    finally:
        loop.run(manager.__aexit__(None, None, None))


@dataclass
class Live:
    """A running mock EHR with a registered client and clients for both of its ports."""

    running: Running
    control: httpx.Client
    data: httpx.Client
    host: str
    port: int
    token: str


def client(base_url: str, headers: dict[str, str]) -> httpx.Client:
    """A client that loads no certificates, which takes longer than most tests."""
    return httpx.Client(base_url=base_url, headers=headers, verify=False, trust_env=False)


@pytest.fixture
def live(loop: Loop, population: Population, key: jwk.RSAKey) -> Iterator[Live]:
    with on_loop(loop, mock_ehr(Settings(SECRET, fault_folder=FAULTS), population)) as running:
        keys = {"keys": [key.as_dict(private=False)]}
        running.state.clients["gw"] = parse_client("gw", {"jwks": keys})
        token = running.state.tokens.issue("gw").token
        secret, bearer = {"Authorization": f"Bearer {SECRET}"}, {"Authorization": f"Bearer {token}", "Accept": JSON}
        with (
            client(running.control, secret) as control,
            client(f"{running.data}{BASE}/", bearer) as data,
        ):
            host, port = running.data.removeprefix("http://").split(":")
            yield Live(running, control, data, host, int(port), token)


@pytest.fixture
def hold(loop: Loop) -> Callable[[Any], AbstractContextManager[Any]]:
    return lambda manager: on_loop(loop, manager)


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    """Wait, with a deadline, until a condition gives something true, and return it."""

    def wait(condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            threading.Event().wait(0.005)
        raise AssertionError("the condition did not come true within 10 s")

    return wait


@pytest.fixture
def shelf() -> Callable[..., Shelf]:
    return Shelf
