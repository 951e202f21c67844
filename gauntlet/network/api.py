"""The HTTP API of Toxiproxy 2.12.0 over a collection of proxies: routes, statuses and texts.

https://github.com/Shopify/toxiproxy#http-api; what it leaves open was read off the real server's answers.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gauntlet.network.collection import (
    ApiError,
    ProxyCollection,
    bad_body,
    proxy_document,
    toxic_document,
)
from gauntlet.network.proxy import Proxy
from gauntlet.network.standalone import AddressError

VERSION = "2.12.0"  # of the API that is spoken
PLAIN = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
SERVER_NAME = "gauntlet-network"  # tells this server from the real one, which sends no Server header


def application(collection: ProxyCollection) -> web.Application:
    """Return the API as an aiohttp application."""
    app = web.Application(middlewares=[dress(), only_programs, errors_as_text])
    routes = Routes(collection)
    proxy, toxic = "/proxies/{proxy}", "/proxies/{proxy}/toxics/{toxic}"
    app.add_routes(
        [
            web.get("/version", routes.version, allow_head=False),
            web.post("/reset", routes.reset),
            web.post("/populate", routes.populate),
            web.get("/proxies", routes.proxies, allow_head=False),
            web.post("/proxies", routes.create),
            web.get(proxy, routes.show, allow_head=False),
            web.post(proxy, routes.change),
            web.patch(proxy, routes.change),
            web.delete(proxy, routes.remove),
            web.get(f"{proxy}/toxics", routes.toxics, allow_head=False),
            web.post(f"{proxy}/toxics", routes.add_toxic),
            web.get(toxic, routes.show_toxic, allow_head=False),
            web.post(toxic, routes.change_toxic),
            web.patch(toxic, routes.change_toxic),
            web.delete(toxic, routes.remove_toxic),
        ]
    )
    return app


def dress() -> Middleware:
    """Return the middleware that numbers requests and words the answers to unknown routes and methods."""
    numbers = itertools.count(1)

    @web.middleware
    async def dressed(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
            response.headers["X-Toxiproxy-Request-Id"] = f"{next(numbers):020d}"
        except web.HTTPNotFound:
            response = web.Response(status=404, text="404 page not found\n", headers=PLAIN)
        except web.HTTPMethodNotAllowed:
            response = web.Response(status=405)
        response.headers["Server"] = SERVER_NAME
        return response

    return dressed


@web.middleware
async def only_programs(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse browsers, so that no web page can drive the API."""
    known_route = request.match_info.http_exception is None
    if known_route and request.headers.get("User-Agent", "").startswith("Mozilla/"):
        return web.Response(status=403, text="User agent not allowed\n", headers=PLAIN)
    return await handler(request)


@web.middleware
async def errors_as_text(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors as the API does: JSON that calls itself text."""
    try:
        return await handler(request)
    except ApiError as error:
        return refusal(error)
    except AddressError as error:
        return refusal(ApiError(str(error), 500))


def refusal(error: ApiError) -> web.Response:
    """Return the answer that carries an error."""
    return web.Response(status=error.status, text=dumped(failure(error)) + "\n", headers=PLAIN)


def failure(error: ApiError) -> dict[str, Any]:
    """Return the document that tells an error."""
    return {"error": error.text, "status": error.status}


def dumped(document: object) -> str:
    """Return compact JSON."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def answer(document: object, status: int = 200) -> web.Response:
    """Return a JSON answer."""
    return web.Response(status=status, body=dumped(document).encode(), headers={"Content-Type": "application/json"})


async def read_body(request: web.Request, kind: type) -> Any:
    """Return the request body. Raises ApiError 400 when it is no dict, or no list of them."""
    raw = await request.read()
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise bad_body(str(error) if raw.strip() else "EOF") from error
    parts = body if kind is list and isinstance(body, list) else [body]
    if not isinstance(body, kind) or not all(isinstance(part, dict) for part in parts):
        raise bad_body(f"{type(body).__name__} is not the expected {kind.__name__} of proxies or fields")
    return body


class Routes:
    """The handlers, one for each route."""

    def __init__(self, collection: ProxyCollection) -> None:
        self._all = collection

    async def version(self, _request: web.Request) -> web.Response:
        """GET /version."""
        return web.Response(
            body=f'{{"version": "{VERSION}"}}\n'.encode(),
            headers={"Content-Type": "application/json;charset=utf-8"},
        )

    async def reset(self, _request: web.Request) -> web.Response:
        """POST /reset."""
        await self._all.reset()
        return web.Response(status=204)

    async def populate(self, request: web.Request) -> web.Response:
        """POST /populate; an error comes with the proxies done before it."""
        done: list[Proxy] = []
        error: ApiError | None = None
        try:
            await self._all.populate(await read_body(request, list), done)
        except ApiError as problem:
            error = problem
        except AddressError as problem:
            error = ApiError(str(problem), 500)
        document = failure(error) if error else {}
        document["proxies"] = [proxy_document(proxy) for proxy in done] or None
        return answer(document, error.status if error else 201)

    async def proxies(self, _request: web.Request) -> web.Response:
        """GET /proxies."""
        return answer({name: proxy_document(proxy) for name, proxy in sorted(self._all.proxies.items())})

    async def create(self, request: web.Request) -> web.Response:
        """POST /proxies."""
        return answer(proxy_document(await self._all.create(await read_body(request, dict))), 201)

    async def show(self, request: web.Request) -> web.Response:
        """GET /proxies/{proxy}."""
        return answer(proxy_document(self._all.get(request.match_info["proxy"])))

    async def change(self, request: web.Request) -> web.Response:
        """POST or PATCH /proxies/{proxy}."""
        name = request.match_info["proxy"]
        self._all.get(name)  # an unknown proxy is told before a bad body
        return answer(proxy_document(await self._all.change(name, await read_body(request, dict))))

    async def remove(self, request: web.Request) -> web.Response:
        """DELETE /proxies/{proxy}."""
        await self._all.remove(request.match_info["proxy"])
        return web.Response(status=204)

    async def toxics(self, request: web.Request) -> web.Response:
        """GET /proxies/{proxy}/toxics."""
        proxy = self._all.get(request.match_info["proxy"])
        return answer([toxic_document(named) for named in proxy.toxics()])

    async def add_toxic(self, request: web.Request) -> web.Response:
        """POST /proxies/{proxy}/toxics."""
        name = request.match_info["proxy"]
        self._all.get(name)
        return answer(toxic_document(self._all.add_toxic(name, await read_body(request, dict))))

    async def show_toxic(self, request: web.Request) -> web.Response:
        """GET /proxies/{proxy}/toxics/{toxic}."""
        return answer(toxic_document(self._all.toxic(*path_names(request))))

    async def change_toxic(self, request: web.Request) -> web.Response:
        """POST or PATCH /proxies/{proxy}/toxics/{toxic}."""
        names = path_names(request)
        self._all.toxic(*names)
        return answer(toxic_document(self._all.change_toxic(*names, await read_body(request, dict))))

    async def remove_toxic(self, request: web.Request) -> web.Response:
        """DELETE /proxies/{proxy}/toxics/{toxic}."""
        self._all.remove_toxic(*path_names(request))
        return web.Response(status=204)


def path_names(request: web.Request) -> tuple[str, str]:
    """Return the proxy's and the toxic's name in the path."""
    return request.match_info["proxy"], request.match_info["toxic"]
