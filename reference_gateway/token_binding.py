"""Tokens that are bound to a client certificate are of use to its holder alone (RFC 8705 section 3)."""

from __future__ import annotations

import base64
import hashlib
import hmac

from reference_gateway.consumer_tokens import InvalidToken
from reference_gateway.exchange import Caller, ConsumerRequest


class TokenBinding:
    """Compares the certificate that a token names with the one that the connection was opened with."""

    def check(self, caller: Caller, request: ConsumerRequest) -> None:
        """Raise InvalidToken when the token is bound to another certificate than the one shown, or none was."""
        if caller.bound_to is None:
            return
        shown = self.shown(request)
        if shown is None or not hmac.compare_digest(thumbprint(shown).encode(), caller.bound_to.encode()):
            raise InvalidToken("the token is bound to another client certificate")

    def shown(self, request: ConsumerRequest) -> bytes | None:
        """Return the certificate of the request's connection in DER; what headers say of one is not believed."""
        return request.certificate


def thumbprint(der: bytes) -> str:
    """Return the confirmation `x5t#S256` of a certificate (RFC 8705 section 3.1)."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
