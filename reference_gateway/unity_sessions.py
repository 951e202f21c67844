"""The gateway's session at Unity: GetToken, then GetUserAuthentication; it dies by idling, not by age."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import aiohttp
from yarl import URL

from reference_gateway.bounded_body import BodyTooLarge, read_up_to
from reference_gateway.clock import Clock
from reference_gateway.ehr_tokens import EhrToken, EhrTokens, TokenEndpointFailure
from reference_gateway.unity_settings import UnitySettings
from reference_gateway.unity_transport import magic

_GUID = re.compile(r'"?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"?', re.ASCII)
_LARGEST_DOCUMENT = 64 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=2.0)
_NEVER = float("inf")


class UnityLogin:
    """Opens sessions. `asked` is told after each attempt whether it gave a session, and the seconds it took."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        unity: UnitySettings,
        clock: Clock,
        asked: Callable[[bool, float], None],
    ) -> None:
        self._session = session
        self._base_url = base_url
        self._unity = unity
        self._clock = clock
        self._asked = asked

    async def grant(self) -> tuple[str, float]:
        """Return a new session's token, bound to the EHR user, and its idle time in s. Raises TokenEndpointFailure."""
        granted, started = False, self._clock.monotonic()
        try:
            token = await self.token()
            await self.authenticate(token)
            granted = True
        finally:
            self._asked(granted, self._clock.monotonic() - started)
        return token, self._unity.idle_limit_s

    async def token(self) -> str:
        """Return the token of GetToken: whatever is no GUID is a refusal. Raises TokenEndpointFailure."""
        unity = self._unity
        body = {"Username": unity.username, "Password": unity.password, "Appname": unity.app_name}
        match = _GUID.fullmatch((await self.post("GetToken", body)).decode("utf-8", "replace").strip())
        if match is None:
            raise TokenEndpointFailure("GetToken gave no token")
        return match[1]

    async def authenticate(self, token: str) -> None:
        """Bind a session to the EHR user. Raises TokenEndpointFailure."""
        body = magic(self._unity, "GetUserAuthentication", token, "", (self._unity.user_password,))
        answer = await self.post("MagicJson", body)
        try:
            valid = json.loads(answer)[0]["getuserauthenticationinfo"][0]["ValidUser"]
        except (ValueError, LookupError, TypeError):
            raise TokenEndpointFailure("GetUserAuthentication gave no row") from None
        if valid != "YES":
            raise TokenEndpointFailure("the EHR user is not valid")

    async def post(self, operation: str, body: dict[str, Any]) -> bytes:
        """Return the body of an answer with status 200. Raises TokenEndpointFailure."""
        url = URL(f"{self._base_url}/{operation}")
        try:
            async with self._session.post(url, json=body, timeout=_TIMEOUT, allow_redirects=False) as response:
                content = await read_up_to(response.content, _LARGEST_DOCUMENT)
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, BodyTooLarge) as error:
            raise TokenEndpointFailure(f"{operation} did not answer") from error
        if status != 200:
            raise TokenEndpointFailure(f"{operation} answered {status}")
        return content


class UnitySessions(EhrTokens):
    """Holds the current session: one login at a time, none ahead of need, and each use gives it its idle time again."""

    _idle_limit_s = 0.0

    def dated(self, value: str, started: float, lifetime_s: float) -> EhrToken:
        """Return the session with its moments: not used when it has idled nearly too long, never renewed ahead."""
        self._idle_limit_s = lifetime_s
        return EhrToken(value, started + lifetime_s - min(5.0, lifetime_s / 10), _NEVER)

    def accepted(self, token: str) -> None:
        """Note that the session was used: its idle time begins anew."""
        super().accepted(token)
        if self._current is not None and self._current.value == token:
            self._current = self.dated(token, self._clock.monotonic(), self._idle_limit_s)
