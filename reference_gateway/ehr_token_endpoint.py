"""One call to the EHR's token endpoint (RFC 6749 section 4.4, SMART Backend Services)."""

from __future__ import annotations

import json
from collections.abc import Callable

import aiohttp
from yarl import URL

from reference_gateway.bounded_body import read_up_to
from reference_gateway.client_assertion import ClientAssertion
from reference_gateway.clock import Clock
from reference_gateway.ehr_tokens import TokenEndpointFailure

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LARGEST_DOCUMENT = 64 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=2.0)


class TokenEndpoint:
    """Asks for tokens; when it is refused because the clocks differ, it asks once more with the EHR's time."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        assertion: ClientAssertion,
        clock: Clock,
        asked: Callable[[bool, float], None],
    ) -> None:
        self._session = session
        self._url = URL(url)
        self._assertion = assertion
        self._clock = clock
        self._asked = asked  # told after each call whether it gave a token, and the seconds it took

    async def grant(self) -> tuple[str, float]:
        """Return a new access token and its lifetime in seconds. Raises TokenEndpointFailure."""
        status, date, document = await self._ask()
        clock_moved = self._assertion.learn_time(date)
        if status in (400, 401) and clock_moved:
            status, _, document = await self._ask()
        token = _token(document) if status == 200 else None
        if token is None:
            raise TokenEndpointFailure(f"the token endpoint answered {status} without a token")
        return token

    async def _ask(self) -> tuple[int, str, bytes]:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": self._assertion.make(),
        }
        status, date, document, started = 0, "", b"", self._clock.monotonic()
        try:
            async with self._session.post(
                self._url,
                data=form,
                headers={"Accept": "application/json"},
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as response:
                document = await read_up_to(response.content, _LARGEST_DOCUMENT)
                status, date = response.status, response.headers.get("Date", "")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise TokenEndpointFailure("the token endpoint did not answer") from error
        finally:
            granted = status == 200 and _token(document) is not None
            self._asked(granted, self._clock.monotonic() - started)
        return status, date, document


def _token(document: bytes) -> tuple[str, float] | None:
    try:
        content = json.loads(document)
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    value, lifetime = content.get("access_token"), content.get("expires_in")
    bearer = str(content.get("token_type", "")).lower() == "bearer"
    if not bearer or not isinstance(value, str) or not value.isprintable() or not value.strip():
        return None
    if isinstance(lifetime, bool) or not isinstance(lifetime, int | float) or lifetime <= 0:
        return None
    return value, float(lifetime)
