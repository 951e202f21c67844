"""Where the issuer publishes its keys, and fetching them."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
from yarl import URL

from reference_gateway.bounded_body import read_up_to

_DOCUMENTS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
_TIMEOUT = aiohttp.ClientTimeout(total=1.0)
_LARGEST_DOCUMENT = 256 * 1024


class IssuerDocuments:
    """Fetches the key set; its address comes from the settings or from the issuer's metadata (RFC 8414)."""

    def __init__(self, session: aiohttp.ClientSession, issuer: str, jwks_url: str) -> None:
        self._session = session
        self._issuer = issuer
        self._jwks_url = jwks_url

    async def key_set(self) -> bytes:
        """Return the JWK set document. Raises OSError, TimeoutError or ValueError."""
        if not self._jwks_url:
            self._jwks_url = str((await self.metadata())["jwks_uri"])
        return await self._get(self._jwks_url)

    async def metadata(self) -> dict[str, Any]:
        """Return the issuer's metadata. Raises OSError, TimeoutError or ValueError."""
        for document in _DOCUMENTS:
            try:
                content = json.loads(await self._get(self._issuer.rstrip("/") + document))
            except ValueError:
                continue
            if not isinstance(content, dict) or content.get("issuer") != self._issuer:
                continue
            if isinstance(content.get("jwks_uri"), str):
                return content
        raise ValueError("the issuer publishes no metadata that names it and its jwks_uri")

    async def _get(self, url: str) -> bytes:
        try:
            async with self._session.get(URL(url), timeout=_TIMEOUT, allow_redirects=False) as response:
                if response.status != 200:
                    raise ValueError(f"the issuer answered {response.status}")
                return await read_up_to(response.content, _LARGEST_DOCUMENT)
        except aiohttp.ClientError as error:
            raise OSError("the issuer is not reachable") from error
