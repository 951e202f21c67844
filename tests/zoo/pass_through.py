"""The animal that is nearly a gateway: it forwards everything with its own token and asks nobody who they are.

Settings come from the environment, as the target file gives them: LISTEN, BASE_PATH, EHR_BASE_URL, EHR_TOKEN_URL,
EHR_CLIENT_ID, EHR_KEY_FILE.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import uuid
from pathlib import Path

import aiohttp
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey
from yarl import URL

HOP_BY_HOP = {"host", "authorization", "connection", "content-length", "transfer-encoding", "accept-encoding"}
RENEW_AFTER_S = 60


class Upstream:
    """The EHR as the pass-through sees it: one token for everybody."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._key = RSAKey.import_key(json.loads(Path(os.environ["EHR_KEY_FILE"]).read_bytes()))
        self._token = ""
        self._fetched = 0.0

    async def send(self, request: web.BaseRequest, body: bytes) -> web.Response:
        """Forward a request as it is and return the EHR's answer as it is, after one renewal if the token has died."""
        answer = await self._forwarded(request, body)
        if answer.status == 401:
            self._token = ""
            answer = await self._forwarded(request, body)
        return answer

    async def _forwarded(self, request: web.BaseRequest, body: bytes) -> web.Response:
        rest = request.raw_path.removeprefix(os.environ["BASE_PATH"])
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        headers["Authorization"] = f"Bearer {await self._fresh_token()}"
        url = URL(os.environ["EHR_BASE_URL"] + rest, encoded=True)
        async with self._http.request(
            request.method, url, headers=headers, data=body or None, allow_redirects=False
        ) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())

    async def _fresh_token(self) -> str:
        if time.monotonic() - self._fetched > RENEW_AFTER_S or not self._token:
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": self._assertion(),
            }
            async with self._http.post(os.environ["EHR_TOKEN_URL"], data=form) as answer:
                answer.raise_for_status()
                self._token = (await answer.json())["access_token"]
                self._fetched = time.monotonic()
        return self._token

    def _assertion(self) -> str:
        now, client = int(time.time()), os.environ["EHR_CLIENT_ID"]
        claims = {
            "iss": client,
            "sub": client,
            "aud": os.environ["EHR_TOKEN_URL"],
            "jti": uuid.uuid4().hex,
            "iat": now,
            "exp": now + 240,
        }
        algorithm = str(self._key.get("alg"))
        return jwt.encode({"alg": algorithm, "kid": self._key.kid}, claims, self._key, algorithms=[algorithm])


async def main() -> None:
    """Serve until killed."""
    host, _, port = os.environ["LISTEN"].rpartition(":")
    async with aiohttp.ClientSession(auto_decompress=False, timeout=aiohttp.ClientTimeout(total=30)) as http:
        upstream = Upstream(http)

        async def forward(request: web.BaseRequest) -> web.StreamResponse:
            sys.stderr.write("asked and forwarded\n")
            return await upstream.send(request, await request.content.read())

        runner = web.ServerRunner(web.Server(forward))
        await runner.setup()
        await web.TCPSite(runner, host, int(port)).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
