"""The issuer's control endpoints: what the harness does to it, on a port that the gateway is never told."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from gauntlet.issuer import attacker
from gauntlet.issuer.clients import Client
from gauntlet.issuer.keys import SigningKey
from gauntlet.issuer.service import Issuer

OUTAGES = ("503", "closed")
SetAvailable = Callable[[bool, str], Awaitable[None]]


def application(issuer: Issuer, set_available: SetAvailable, secret: str) -> web.Application:
    """Return the control side; `set_available(available, mode)` opens and closes the public side.

    Everything wants `Authorization: Bearer <secret>` but the attacker's documents, which are bait.
    """
    routes = ControlRoutes(issuer, set_available)
    app = web.Application(middlewares=[guarded(secret)])
    app.add_routes(
        [
            web.get("/health", routes.health),
            web.post("/rotate", routes.rotate),
            web.put("/available", routes.available),
            web.put("/clients/{client_id}", routes.client),
            web.post("/revoke", routes.revoke),
            web.get("/requests", routes.requests),
            web.post("/reset", routes.reset),
            web.get(attacker.JWKS_PATH, routes.attacker_jwks),
            web.get(attacker.CERTIFICATE_PATH, routes.attacker_certificate),
        ]
    )
    return app


def guarded(secret: str) -> Middleware:
    """Return the middleware that refuses callers without the secret."""
    expected = f"Bearer {secret}".encode()

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        bait = request.path.startswith("/attacker/")
        given = request.headers.get(hdrs.AUTHORIZATION, "").encode("utf-8", "surrogateescape")
        if not bait and not hmac.compare_digest(given, expected):
            return web.json_response({"error": "wrong or missing control secret"}, status=401)
        return await handler(request)

    return guard


def refusal(text: str) -> web.Response:
    """Return a 400 that says what is wrong and what is valid."""
    return web.json_response({"error": text}, status=400)


async def body_of(request: web.Request) -> dict[str, Any]:
    """Return the JSON object in a request. Raises HTTPBadRequest when there is none."""
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text='{"error": "the body must be a JSON object"}', content_type="application/json")
    return body


class ControlRoutes:
    """The handlers of the control endpoints."""

    def __init__(self, issuer: Issuer, set_available: SetAvailable) -> None:
        self._issuer = issuer
        self._set_available = set_available

    async def health(self, _request: web.Request) -> web.Response:
        """GET /health."""
        return web.json_response({"status": "ok", "issuer": self._issuer.url, "kid": self._issuer.keyring.active.kid})

    async def rotate(self, _request: web.Request) -> web.Response:
        """POST /rotate: a new active key; the one before is retired and not published any more."""
        new = await asyncio.to_thread(SigningKey.generate)
        return web.json_response(self._issuer.rotate(new))

    async def available(self, request: web.Request) -> web.Response:
        """PUT /available {"available": bool, "mode": "503" or "closed"}."""
        body = await body_of(request)
        wanted, mode = body.get("available"), body.get("mode", "503")
        if not isinstance(wanted, bool):
            return refusal(f"available is {wanted!r}; valid are true and false")
        if mode not in OUTAGES:
            return refusal(f"mode is {mode!r}; valid are {', '.join(OUTAGES)}")
        await self._set_available(wanted, mode)
        return web.json_response({"available": wanted, "mode": None if wanted else mode})

    async def client(self, request: web.Request) -> web.Response:
        """PUT /clients/{id} {"secret", "jwks", "scopes", "audience", "active"}."""
        client_id = request.match_info["client_id"]
        try:
            client = Client.from_document(client_id, await body_of(request))
        except ValueError as error:
            return refusal(f"client {client_id!r}: {error}")
        self._issuer.clients.put(client)
        return web.json_response({"client_id": client_id, "active": client.active})

    async def revoke(self, request: web.Request) -> web.Response:
        """POST /revoke {"jti"}: revoke a token whoever it was issued to."""
        jti = (await body_of(request)).get("jti")
        if not isinstance(jti, str):
            return refusal(f"jti is {jti!r}; it must be a string")
        self._issuer.withdraw(jti)
        return web.json_response({"revoked": jti})

    async def requests(self, request: web.Request) -> web.Response:
        """GET /requests?since=N."""
        since = request.query.get("since", "0")
        if not since.isascii() or not since.isdigit():
            return refusal(f"since is {since!r}; it must be a whole number")
        return web.json_response(self._issuer.journal.since(int(since)))

    async def reset(self, _request: web.Request) -> web.Response:
        """POST /reset: forget journal, revocations and outages; keep keys and clients."""
        await self._set_available(True, OUTAGES[0])
        self._issuer.reset()
        return web.json_response({"reset": True})

    async def attacker_jwks(self, request: web.Request) -> web.Response:
        """GET the key set that a forged `jku` leads to."""
        self._note("attacker-jwks", request)
        return web.json_response(attacker.jwks(self._issuer.keyring.foreign))

    async def attacker_certificate(self, request: web.Request) -> web.Response:
        """GET the certificate that a forged `x5u` leads to."""
        self._note("attacker-certificate", request)
        pem = attacker.certificate_pem(self._issuer.keyring.foreign, self._issuer.clock())
        return web.Response(body=pem, content_type="application/x-pem-file")

    def _note(self, endpoint: str, request: web.Request) -> None:
        self._issuer.journal.note(endpoint, request.method, request.path, 200)
