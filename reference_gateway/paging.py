"""Page links: the EHR's paging session, sealed so that nobody reads it and nobody else can use it.

A token is AES-GCM over what the page belongs to; the client and the user it was made for are authenticated with it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reference_gateway.exchange import Caller
from reference_gateway.refusal import Refusal

PARAMETER = "_page"
_NONCE_BYTES = 12


@dataclass(frozen=True)
class Page:
    """Where a search goes on: its type and patient, the EHR's own query, the filters that still apply."""

    resource_type: str
    patient: str | None
    ehr_query: tuple[tuple[str, str], ...]
    filters: tuple[tuple[str, str], ...]


class PageTokens:
    """Seals and opens pages."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, page: Page, caller: Caller) -> str:
        """Return the token of a page for this caller."""
        content = json.dumps([page.resource_type, page.patient, page.ehr_query, page.filters]).encode()
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, content, self.owner(caller))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, token: str, caller: Caller) -> Page:
        """Return the page of a token. Raises Refusal 400 when it was not made here for this caller."""
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            content = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self.owner(caller))
        except (binascii.Error, InvalidTag, ValueError):
            text = "the page link is not valid for this client; start the search again"
            raise Refusal(400, "invalid", text, reason="foreign-page") from None
        resource_type, patient, ehr_query, filters = json.loads(content)
        return Page(resource_type, patient, _pairs(ehr_query), _pairs(filters))

    def owner(self, caller: Caller) -> bytes:
        """Return whom a page belongs to."""
        return json.dumps([caller.client_id, caller.user, caller.patient]).encode()


def _pairs(content: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in content)
