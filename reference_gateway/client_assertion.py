"""The gateway's signed proof of identity towards the EHR (SMART Backend Services, private_key_jwt, RFC 7523).

Times follow the EHR's clock, learned from the Date header of its answers, so that skew between the two hosts
does not lock the gateway out.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime

from joserfc import jwt

from reference_gateway.clock import Clock
from reference_gateway.own_key import OwnKey


class ClientAssertion:
    """Makes assertions; each is used once."""

    lifetime_s = 120  # at most 300 are allowed

    def __init__(
        self, client_id: str, token_url: str, key: OwnKey, clock: Clock, random_hex: Callable[[int], str]
    ) -> None:
        self._client_id = client_id
        self._token_url = token_url
        self._key = key
        self._clock = clock
        self._random_hex = random_hex
        self._offset_s = 0.0

    def make(self) -> str:
        """Return a fresh signed assertion."""
        now = int(self._clock.wall() + self._offset_s)
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self.audience(),
            "exp": now + self.lifetime_s,
            "iat": now,
            "jti": self.unique_id(),
        }
        key = self._key.current()
        algorithm = str(key.get("alg"))
        header = {"alg": algorithm, "kid": str(key.get("kid")), "typ": "JWT"}
        return jwt.encode(header, claims, key, algorithms=[algorithm])

    def audience(self) -> str:
        """Return whom the assertion is for: the token endpoint."""
        return self._token_url

    def unique_id(self) -> str:
        """Return the assertion's id, never used before."""
        return self._random_hex(16)

    def learn_time(self, date_header: str) -> bool:
        """Take over the EHR's clock from a Date header; tell whether it moved by more than 10 s."""
        try:
            offset = parsedate_to_datetime(date_header).timestamp() - self._clock.wall()
        except (TypeError, ValueError):
            return False
        if abs(offset - self._offset_s) <= 10:
            return False
        self._offset_s = offset if abs(offset) > 10 else 0.0
        return True
