"""The control API: how a test looks into the mock EHR and steers it, on a port that no gateway is told about.

Every route wants `Authorization: Bearer <secret>`. Bodies are JSON. Errors are {"error": what, "hint": how
to fix}.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from mock_ehr.behaviours import FaultError, closest
from mock_ehr.clients import RegistrationError
from mock_ehr.journal import Entry
from mock_ehr.message import Answer, Ending, MalformedQueryError, Reply, Request
from mock_ehr.state import State
from mock_ehr.store import Record
from mock_ehr.throttle import Rate
from mock_ehr.wire import DateHeader, render

LOG = logging.getLogger("mock_ehr.control")
AT_ONCE = 100  # journal entries that are turned into JSON before others get their turn
JSON = "application/json; charset=utf-8"


class RefusedError(Exception):
    """A control request that cannot be served."""

    def __init__(self, status: int, error: str, hint: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Call:
    """One control request: the rest of its path, its query and its JSON body (None without one)."""

    rest: tuple[str, ...]
    query: Mapping[str, str]
    body: Any


class Control:
    """Handles the control port of one mock EHR."""

    def __init__(self, state: State, secret: str, register: Callable[[str, object], Mapping[str, Any]]) -> None:
        self._state = state
        self._secret = secret
        self._register = register
        self._date = DateHeader()
        self._routes: Mapping[tuple[str, str], Callable[[Call], Any]] = {
            ("GET", "health"): self._health,
            ("PUT", "public-url"): self._public_url,
            ("PUT", "clients"): self._client,
            ("POST", "reset"): self._reset,
            ("GET", "journal"): self._journal,
            ("POST", "faults"): self._arm,
            ("GET", "faults"): self._faults,
            ("DELETE", "faults"): self._disarm,
            ("PUT", "clock"): self._clock,
            ("POST", "tokens"): self._expire_tokens,
            ("PUT", "tokens"): self._lifetime,
            ("GET", "tokens"): self._tokens,
            ("POST", "paging"): self._expire_paging,
            ("PUT", "throttle"): self._throttle,
            ("DELETE", "throttle"): self._lift,
            ("GET", "counters"): self._counters,
            ("GET", "resources"): self._resources,
        }

    def handle(self, request: Request) -> Reply | Awaitable[Reply]:
        """Answer one control request; nothing that goes wrong here reaches the data side."""
        try:
            status, body = 200, self._dispatch(request)
            if isinstance(body, Awaitable):
                return self._later(body, request.keep_alive)
        except RefusedError as refused:
            status, body = refused.status, {"error": str(refused), "hint": refused.hint}
        except Exception:
            LOG.exception("control request %s %s failed", request.method, request.path)
            status, body = 500, {"error": "the control API failed", "hint": "see the log on stderr"}
        return self._reply(status, body, keep_alive=request.keep_alive)

    async def _later(self, pending: Awaitable[bytes], keep_alive: bool) -> Reply:
        return self._reply(200, orjson.Fragment(await pending), keep_alive=keep_alive)

    def refuse(self, status: int, request: Request) -> Reply:
        """Answer what could not be read as a request."""
        return self._reply(status, {"error": f"{request.method} refused with {status}", "hint": ""}, keep_alive=False)

    def _reply(self, status: int, body: Any, *, keep_alive: bool) -> Reply:
        answer = Answer(status, orjson.dumps(body), JSON)
        data = render(answer, self._date.line(time.time()), keep_alive=keep_alive)
        return Reply(data, lambda _outcome: None, Ending.KEEP)

    def _dispatch(self, request: Request) -> Any:
        scheme, _, secret = request.header("authorization").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(secret.encode(), self._secret.encode()):
            raise RefusedError(401, "wrong or missing control secret", "send Authorization: Bearer <secret>")
        first, *rest = request.segments()
        route = self._routes.get((request.method, first))
        if route is None:
            known = tuple(sorted({name for _, name in self._routes}))
            raise RefusedError(
                404, f"no {request.method} /{first}{closest(first, known)}", f"valid: {', '.join(known)}"
            )
        try:
            query = dict(request.parameters())
        except MalformedQueryError as error:
            raise RefusedError(400, str(error)) from error
        return route(Call(tuple(rest), query, read_body(request)))

    # -- routes --

    def _health(self, _call: Call) -> Any:
        return {
            "status": "ok",
            "public_url": self._state.public_url,
            "patients": self._state.store.population.size,
        }

    def _public_url(self, call: Call) -> Any:
        url = field(call, "url", str)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
            raise RefusedError(400, f"url is {url!r}", "give scheme, host and port only, like http://127.0.0.1:8080")
        self._state.public_url = url.rstrip("/")
        return {"public_url": self._state.public_url}

    def _client(self, call: Call) -> Any:
        if len(call.rest) != 1 or not call.rest[0]:
            raise RefusedError(404, "no client id in the path", "PUT /clients/{client_id}")
        try:
            return self._register(call.rest[0], call.body)
        except RegistrationError as error:
            raise RefusedError(400, str(error)) from error

    def _reset(self, _call: Call) -> Any:
        self._state.reset()
        return {"reset": True}

    def _journal(self, call: Call) -> Any:
        since, limit = whole(call.query, "since", 0), whole(call.query, "limit", 0)
        journal = self._state.journal
        kind, patient = call.query.get("kind", ""), call.query.get("patient", "")
        entries, following = journal.since(since, patient=patient, kind=kind, limit=limit or None)
        if len(entries) > AT_ONCE:
            return long_listing(entries, following, journal.dropped)
        return {"entries": [entry.as_dict() for entry in entries], "next": following, "dropped": journal.dropped}

    def _arm(self, call: Call) -> Any:
        try:
            fault = self._state.faults.arm(call.body)
        except FaultError as error:
            raise RefusedError(400, str(error)) from error
        return {"id": fault.id, "name": fault.name}

    def _faults(self, _call: Call) -> Any:
        return self._state.faults.listing()

    def _disarm(self, call: Call) -> Any:
        if not call.rest:
            self._state.faults.clear()
        elif not self._state.faults.disarm(call.rest[0]):
            raise RefusedError(404, f"no fault {call.rest[0]!r}", "GET /faults lists those that are armed")
        return {"armed": len(self._state.faults.listing())}

    def _clock(self, call: Call) -> Any:
        self._state.clock.offset_s = field(call, "offset_s", float)
        return {"offset_s": self._state.clock.offset_s, "now": self._state.clock.now()}

    def _expire_tokens(self, call: Call) -> Any:
        if call.rest != ("expire",):
            raise RefusedError(404, "no such route", "POST /tokens/expire")
        return {"expired": self._state.tokens.expire_all()}

    def _lifetime(self, call: Call) -> Any:
        lifetime = field(call, "lifetime_s", float)
        if not 0 < lifetime <= 86_400:
            raise RefusedError(400, f"lifetime_s is {lifetime}", "more than 0 and at most 86400")
        self._state.tokens.lifetime_s = int(lifetime) if lifetime == int(lifetime) else lifetime
        return {"lifetime_s": self._state.tokens.lifetime_s}

    def _tokens(self, _call: Call) -> Any:
        return [
            {
                "client_id": grant.client_id,
                "token": grant.digest,
                "access_token": grant.token,
                "expires": grant.expires,
            }
            for grant in self._state.tokens.issued()
        ]

    def _expire_paging(self, call: Call) -> Any:
        if call.rest != ("expire",):
            raise RefusedError(404, "no such route", "POST /paging/expire")
        return {"expired": self._state.sessions.expire_all()}

    def _throttle(self, call: Call) -> Any:
        rate = Rate(field(call, "rate_per_s", float), field(call, "burst", float))
        if rate.per_s <= 0 or rate.burst < 1:
            raise RefusedError(400, "a rate is more than 0 per second with a burst of at least 1")
        self._state.throttle.limit(rate)
        return {"rate_per_s": rate.per_s, "burst": rate.burst}

    def _lift(self, _call: Call) -> Any:
        self._state.throttle.lift()
        return {"throttle": None}

    def _counters(self, _call: Call) -> Any:
        return self._state.journal.counters() | {"throttled": self._state.throttle.refused}

    def _resources(self, call: Call) -> Any:
        if len(call.rest) == 2:
            record = self._state.store.find(call.rest[0], call.rest[1])
            if record is None:
                raise RefusedError(404, f"the EHR holds no {'/'.join(call.rest)}")
            return shown(record)
        if len(call.rest) != 1:
            raise RefusedError(404, "no such route", "GET /resources/{type}?patient=ID or /resources/{type}/{id}")
        if "patient" in call.query:
            records = self._state.store.of_patient(call.query["patient"], call.rest[0])
        else:
            records = [record for record in self._state.store.written() if record.type == call.rest[0]]
        return {"resources": [shown(record) for record in records]}


async def long_listing(entries: Sequence[Entry], following: int, dropped: int) -> bytes:
    """Return the JSON of many journal entries, made in pieces so that the data side is served in between."""
    pieces = []
    for start in range(0, len(entries), AT_ONCE):
        pieces.append(orjson.dumps([entry.as_dict() for entry in entries[start : start + AT_ONCE]])[1:-1])
        await asyncio.sleep(0)
    return b'{"entries":[%s],"next":%d,"dropped":%d}' % (b",".join(pieces), following, dropped)


def shown(record: Record) -> dict[str, Any]:
    """Return a record as the control API shows it."""
    return {"resource": orjson.Fragment(record.json), "written": record.written, "held": record.held}


def read_body(request: Request) -> Any:
    """Return the JSON body, None without one. Raises RefusedError."""
    if not request.body:
        return None
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise RefusedError(400, f"the body is not JSON: {error}") from error


def field(call: Call, name: str, wanted: type) -> Any:
    """Return `name` of the body as `wanted`. Raises RefusedError."""
    value = call.body.get(name) if isinstance(call.body, dict) else None
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise RefusedError(400, f"{name} is {value!r}", f'send {{"{name}": a {wanted.__name__}}}')
    return value


def whole(query: Mapping[str, str], name: str, default: int) -> int:
    """Return a whole number of the query. Raises RefusedError."""
    text = query.get(name, str(default))
    if not text.isdecimal() or len(text) > 18:
        raise RefusedError(400, f"{name} is {text!r}", "a whole number, 0 or more")
    return int(text)
