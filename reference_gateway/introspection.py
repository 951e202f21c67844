"""Token introspection at the issuer (RFC 7662), as a client with a secret."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote_plus

import aiohttp
from yarl import URL

from reference_gateway.bounded_body import read_up_to
from reference_gateway.issuer_discovery import IssuerDocuments

_TIMEOUT = aiohttp.ClientTimeout(total=1.0)
_LARGEST_DOCUMENT = 64 * 1024


class Introspection:
    """Asks about one token at a time; the endpoint comes from the issuer's metadata (RFC 8414)."""

    def __init__(
        self, session: aiohttp.ClientSession, documents: IssuerDocuments, client_id: str, client_secret: str
    ) -> None:
        self._session = session
        self._documents = documents
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"  # RFC 6749 section 2.3.1
        self._headers = {
            "Accept": "application/json",
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        }
        self._endpoint = ""

    async def active(self, token: str) -> bool:
        """Return whether the token is good. Raises OSError, TimeoutError or ValueError without a clear answer."""
        if not self._endpoint:
            self._endpoint = str((await self._documents.metadata())["introspection_endpoint"])
        try:
            async with self._session.post(
                URL(self._endpoint),
                data={"token": token, "token_type_hint": "access_token"},
                headers=self._headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    raise ValueError(f"the issuer answered {response.status}")
                content = json.loads(await read_up_to(response.content, _LARGEST_DOCUMENT))
        except aiohttp.ClientError as error:
            raise OSError("the issuer is not reachable") from error
        if not isinstance(content, dict) or not isinstance(content.get("active"), bool):
            raise ValueError("not an answer of introspection")  # noqa: TRY004 - a wrong document, not a wrong argument
        return bool(content["active"])
