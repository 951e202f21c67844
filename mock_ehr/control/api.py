"""The control port as a handler of requests: let in, find the route, check what it was given, answer.

Every route but the page wants `Authorization: Bearer <secret>`. Errors are {"error": what, "hint": how to fix}.
Nothing that goes wrong here reaches the data side.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Mapping
from typing import Any

import orjson

from mock_ehr import exact_json
from mock_ehr.control.access import check_host, check_secret
from mock_ehr.control.console import Console, Register
from mock_ehr.control.library import NamedFault
from mock_ehr.control.query import read_query
from mock_ehr.control.refusal import RefusedError
from mock_ehr.control.route import Call, Route, Table
from mock_ehr.control.shape import check
from mock_ehr.control.table import ROUTES
from mock_ehr.message import Answer, Ending, Reply, Request
from mock_ehr.state import State
from mock_ehr.wire import DateHeader, render

LOG = logging.getLogger("mock_ehr.control")
JSON = "application/json; charset=utf-8"
ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


class Control:
    """Handles the control port of one mock EHR."""

    def __init__(
        self,
        state: State,
        secret: str,
        register: Register,
        library: Mapping[str, NamedFault] | None = None,
    ) -> None:
        self._console = Console(state, register, Table(ROUTES), library or {})
        self._secret = secret
        self._date = DateHeader()

    def handle(self, request: Request) -> Reply | Awaitable[Reply]:
        """Answer one control request."""
        try:
            body = self._dispatch(request)
        except RefusedError as refused:
            return self._refusal(refused, request)
        except Exception as error:  # noqa: BLE001 - logged; the control port outlives every fault of ours
            return self._failure(request, error)
        if isinstance(body, Awaitable):
            return self._later(body, request)
        return self._reply(body, keep_alive=request.keep_alive)

    async def _later(self, pending: Awaitable[Any], request: Request) -> Reply:
        try:
            return self._reply(await pending, keep_alive=request.keep_alive)
        except RefusedError as refused:
            return self._refusal(refused, request)
        except Exception as error:  # noqa: BLE001 - logged; the control port outlives every fault of ours
            return self._failure(request, error)

    def refuse(self, status: int, request: Request) -> Reply:
        """Answer what could not be read as a request."""
        refused = RefusedError(status, f"{request.method} refused with {status}")
        return self._refusal(refused, request, keep_alive=False)

    def _refusal(self, refused: RefusedError, request: Request, *, keep_alive: bool | None = None) -> Reply:
        body = orjson.dumps({"error": str(refused), "hint": refused.hint}, default=str)
        keep = request.keep_alive if keep_alive is None else keep_alive
        return self._send(Answer(refused.status, body, JSON, refused.headers), keep_alive=keep)

    def _failure(self, request: Request, error: Exception) -> Reply:
        LOG.error("control request %s %s failed", request.method, request.path, exc_info=error)
        return self._refusal(RefusedError(500, "the control API failed", "see the log on stderr"), request)

    def _reply(self, body: Any, *, keep_alive: bool) -> Reply:
        answer = body if isinstance(body, Answer) else Answer(200, orjson.dumps(body), JSON)
        return self._send(answer, keep_alive=keep_alive)

    def _send(self, answer: Answer, *, keep_alive: bool) -> Reply:
        answer.headers = (*ALWAYS, *answer.headers)
        data = render(answer, self._date.line(time.time()), keep_alive=keep_alive)
        return Reply(data, lambda _outcome: None, Ending.KEEP)

    def _dispatch(self, request: Request) -> Any:
        check_host(request)
        segments = request.segments()
        # whoever has no secret learns nothing of the routes, but that there is a page
        if segments != ("",):
            check_secret(request, self._secret)
        route, path = self._console.table.find(request.method, segments)
        query = read_query(request, route.query)
        return route.handler(self._console, Call(path, query, read_body(request, route), request.body, request.headers))


def read_body(request: Request, route: Route) -> Any:
    """Return the JSON body, None without one. Raises RefusedError (400)."""
    if route.body is None:
        return None
    if not request.body:
        if route.body_optional:
            return None
        check({}, route.body, "the body")
        raise RefusedError(400, "the body is missing", "send JSON")
    try:
        body = exact_json.loads(request.body) if route.exact else orjson.loads(request.body)
    except ValueError as error:
        raise RefusedError(400, f"the body is not JSON: {error}") from error
    check(body, route.body, "the body")
    return body
