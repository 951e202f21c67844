"""What the front of point-to-point adapters asks: whose request is it. Not part of the pattern, but of the lab.

In this pattern each consumer knows the address of its own adapter. A run knows one address, so the front needs the
consumer's name: it is read from the token without a look at the signature, which is the adapter's work.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys

from aiohttp import web


def client_of(authorization: str) -> str:
    """Return the client that a bearer token names, empty when it names none."""
    parts = authorization.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        client = claims.get("client_id", "")
    except (IndexError, ValueError, AttributeError):
        return ""
    return client if isinstance(client, str) and client.isascii() and client.isprintable() else ""


async def answer(request: web.BaseRequest) -> web.Response:
    """Answer 204 with the client in X-Consumer."""
    return web.Response(status=204, headers={"X-Consumer": client_of(request.headers.get("Authorization", ""))})


async def serve(port: int) -> None:
    """Serve on loopback until cancelled."""
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
