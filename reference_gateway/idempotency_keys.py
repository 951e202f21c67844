"""The Idempotency-Key header (IETF HTTPAPI draft, February 2025): a structured-field string, quoted on the wire."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from reference_gateway.exchange import ConsumerRequest
from reference_gateway.json_text import Json, fingerprint_text
from reference_gateway.refusal import invalid

HEADER = "Idempotency-Key"
_QUOTED = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"')


@dataclass(frozen=True)
class WriteKey:
    """What makes two writes the same: the client's scope, its key, and a digest of method, path and content."""

    scope: str
    key: str
    fingerprint: str

    @property
    def stamp(self) -> str:
        """Return the identifier value under which the written record can be found again at the EHR."""
        return hashlib.sha256(f"{self.scope}\x00{self.key}".encode()).hexdigest()[:40]


class IdempotencyKeys:
    """Reads the key of a request."""

    def read(self, request: ConsumerRequest, client_id: str, path: str, resource: Json) -> WriteKey | None:
        """Return the key, None when the consumer gave none. Raises Refusal 400 for a malformed one."""
        values = request.headers.getall(HEADER, [])
        if not values:
            return None
        match = _QUOTED.fullmatch(values[0].strip())
        if len(values) > 1 or match is None:
            raise invalid(f'{HEADER} must be one quoted string of 1 to 255 characters, such as "7f3a"')
        return WriteKey(self.scope(client_id), match[1], self.fingerprint(path, resource))

    def scope(self, client_id: str) -> str:
        """Return whose key it is."""
        return client_id

    def fingerprint(self, path: str, resource: Json) -> str:
        """Return the digest of what is written."""
        return hashlib.sha256(b"POST " + path.encode() + b"\n" + fingerprint_text(resource)).hexdigest()
