"""What nginx's auth_request asks: is the consumer's token good, and which token does the EHR want instead.

The issuer is asked about each token (RFC 7662): it must be active and for this audience, and that is all. Scopes,
patients and facilities are not looked at: a thin facade knows tokens and no FHIR. The token for the EHR is one for all
consumers (SMART Backend Services), kept until shortly before it expires.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import JWKRegistry

_TIMEOUT = aiohttp.ClientTimeout(total=2.0)
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_UNREACHABLE = (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError)


class TokenDesk:
    """Answers 204 with the EHR's token in X-Ehr-Authorization, 401 for a bad token, 503 without an answer."""

    def __init__(self, settings: dict[str, str], session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session
        self._key = JWKRegistry.import_key(json.loads(Path(settings["EHR_KEY_FILE"]).read_text(encoding="utf-8")))
        self._held = ("", 0.0)  # token, and the moment (monotonic) from which it is not used
        self._renewal = asyncio.Lock()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer one question of nginx."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        try:
            if request.headers.get("X-Refused") == f"Bearer {self._held[0]}":
                self._held = ("", 0.0)  # the EHR withdrew it
            if not await self._good(token.strip()):
                return web.Response(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
            return web.Response(status=204, headers={"X-Ehr-Authorization": f"Bearer {await self._ehr_token()}"})
        except _UNREACHABLE:
            return web.Response(status=503)

    async def _good(self, token: str) -> bool:
        settings = self._settings
        pair = aiohttp.encode_basic_auth(settings["ISSUER_CLIENT_ID"], settings["ISSUER_CLIENT_SECRET"])
        found = await self._post(f"{settings['ISSUER']}/introspect", {"token": token}, {"Authorization": pair})
        audience = found.get("aud")
        return found["active"] is True and settings["AUDIENCE"] in (
            audience if isinstance(audience, list) else [audience]
        )

    async def _ehr_token(self) -> str:
        async with self._renewal:
            if time.monotonic() >= self._held[1]:
                form = {"grant_type": "client_credentials", "client_assertion_type": _ASSERTION}
                found = await self._post(
                    self._settings["EHR_TOKEN_URL"], {**form, "client_assertion": self._signed()}, {}
                )
                now = time.monotonic()
                self._held = (str(found["access_token"]), now + 0.9 * float(found["expires_in"]))
            return self._held[0]

    def _signed(self) -> str:
        now, own, key = int(time.time()), self._settings["EHR_CLIENT_ID"], self._key
        claims = {"iss": own, "sub": own, "aud": self._settings["EHR_TOKEN_URL"], "exp": now + 120, "iat": now}
        header = {"alg": str(key.get("alg")), "kid": str(key.get("kid")), "typ": "JWT"}
        return jwt.encode(header, {**claims, "jti": secrets.token_hex(16)}, key, algorithms=[header["alg"]])

    async def _post(self, url: str, form: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
        async with self._session.post(url, data=form, headers=headers, timeout=_TIMEOUT) as response:
            response.raise_for_status()
            found: dict[str, Any] = await response.json()
            return found


async def serve(port: int) -> None:
    """Serve on loopback until cancelled. Raises KeyError for a setting that is missing."""
    names = ("ISSUER", "ISSUER_CLIENT_ID", "ISSUER_CLIENT_SECRET", "AUDIENCE")
    settings = {name: os.environ[name] for name in (*names, "EHR_TOKEN_URL", "EHR_CLIENT_ID", "EHR_KEY_FILE")}
    async with aiohttp.ClientSession() as session:
        runner = web.ServerRunner(web.Server(TokenDesk(settings, session).answer))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
