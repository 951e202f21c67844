"""Defects in how the gateway authenticates towards the EHR (UPA)."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable

from joserfc.jwk import ECKey, RSAKey

from reference_gateway.client_assertion import ClientAssertion
from reference_gateway.clock import Clock
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_client import EhrClient
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.ehr_tokens import EhrToken, EhrTokens, TokenEndpointFailure
from reference_gateway.own_key import OwnKey
from reference_gateway.unity_sessions import UnitySessions


class _WrongFromTheSecond(ClientAssertion):
    """Makes one good assertion, so that the gateway can start, and wrong ones after it."""

    def __init__(
        self, client_id: str, token_url: str, key: OwnKey, clock: Clock, random_hex: Callable[[int], str]
    ) -> None:
        super().__init__(client_id, token_url, key, clock, random_hex)
        self.made = 0

    def make(self) -> str:
        """Return an assertion."""
        self.made += 1
        if self.made == 2:
            self.turn_wrong()
        return super().make()

    def turn_wrong(self) -> None:
        """Start to be wrong."""


class LongLivedAssertion(_WrongFromTheSecond):
    """Makes assertions that live for an hour."""

    def turn_wrong(self) -> None:
        """Lengthen the lifetime."""
        self.lifetime_s = 3600


class WrongAssertionAudience(_WrongFromTheSecond):
    """Makes assertions for the EHR's host, not for its token endpoint."""

    def audience(self) -> str:
        """Return the audience."""
        return super().audience().rpartition("/")[0] if self.made > 1 else super().audience()


class ReusesJti(ClientAssertion):
    """Gives every assertion the same id."""

    def unique_id(self) -> str:
        """Return the id."""
        return "gateway-assertion"


class TokenPerRequest(EhrTokens):
    """Fetches a token for every request."""

    async def token(self, patience_s: float) -> str:
        """Return a new token."""
        try:
            async with asyncio.timeout(patience_s):
                value, _ = await self._grant()
        except (TokenEndpointFailure, TimeoutError):
            raise EhrFailure("no-token", reached=False) from None
        return value


class LateRenewal(EhrTokens):
    """Uses a token until the EHR refuses it."""

    def dated(self, value: str, started: float, lifetime_s: float) -> EhrToken:
        """Return the token with moments that never come."""
        return EhrToken(value, started + lifetime_s * 1000, started + lifetime_s * 1000)


class TokenStampede(EhrTokens):
    """Lets every waiting request fetch a token of its own."""

    def renew(self) -> asyncio.Task[None]:
        """Return a renewal of the caller's own."""
        return asyncio.get_running_loop().create_task(self._renew())


class RefusesWhileRenewing(EhrTokens):
    """Serves whoever causes a renewal, and turns everybody away who comes meanwhile, politely."""

    async def token(self, patience_s: float) -> str:
        """Return a token that is valid now, unless somebody else is fetching one."""
        if self.held() is None and self._renewal is not None and not self._renewal.done():
            raise EhrFailure("no-token", reached=False, retry_after_s=1.0)
        return await super().token(patience_s)


class IgnoresUpstream401(EhrClient):
    """Keeps a token that the EHR refuses."""

    def judge(self, reply: EhrReply, token: str) -> None:
        """Judge the status; a 401 changes nothing."""
        if reply.status == 401:
            raise EhrFailure("rejected", reached=False, status=401)
        super().judge(reply, token)

    def renewed_repeat(self, request: EhrRequest, rejections: int) -> bool:  # noqa: ARG002 - the honest signature
        """Never repeat."""
        return False


class HammersTokenEndpoint(EhrTokens):
    """Asks a failing token endpoint again and again, without a pause."""

    async def _renew(self) -> None:
        for _ in range(5):
            await super()._renew()
            if self.held() is not None:
                return

    def _back_off(self) -> None:
        self._failures += 1


class LogsUpstreamToken(EhrTokens):
    """Writes each new token into the log."""

    def dated(self, value: str, started: float, lifetime_s: float) -> EhrToken:
        """Return the token, and show it around."""
        sys.stderr.write(f'{{"event":"new-token","token":"{value}"}}\n')
        sys.stderr.flush()
        return super().dated(value, started, lifetime_s)


class TokenStampedeAtUnity(TokenStampede, UnitySessions):
    """The same with sessions."""


class RefusesWhileRenewingAtUnity(RefusesWhileRenewing, UnitySessions):
    """The same with sessions."""


class HammersTokenEndpointAtUnity(HammersTokenEndpoint, UnitySessions):
    """The same with sessions."""


class LogsUpstreamTokenAtUnity(LogsUpstreamToken, UnitySessions):
    """The same with sessions."""


class LogsOwnKey(OwnKey):
    """Writes the key that it signs with into the log."""

    def current(self) -> RSAKey | ECKey:
        """Return the key, and show it around."""
        key = super().current()
        sys.stderr.write(f'{{"event":"signing","key":{json.dumps(key.as_dict(private=True))}}}\n')
        sys.stderr.flush()
        return key


class LogsNewKey(OwnKey):
    """Writes the key that it is handed over into the log, for whoever wonders whether the rotation worked."""

    def current(self) -> RSAKey | ECKey:
        """Return the key; a new one is shown around."""
        former = self._key
        key = super().current()
        if key is not former:
            sys.stderr.write(f'{{"event":"key-rotated","key":{json.dumps(key.as_dict(private=True))}}}\n')
            sys.stderr.flush()
        return key


class TrustsOwnClock(ClientAssertion):
    """Believes that the EHR's clock is its own."""

    def learn_time(self, date_header: str) -> bool:  # noqa: ARG002 - the honest signature
        """Learn nothing."""
        return False


DEFECTS = (
    swap("long-lived-assertion", "UPA-01", "signs assertions for an hour", assertion=LongLivedAssertion),
    swap(
        "wrong-assertion-audience", "UPA-01", "signs assertions for another audience", assertion=WrongAssertionAudience
    ),
    swap("reuses-jti", "UPA-01", "gives all assertions one id", assertion=ReusesJti),
    swap("token-per-request", "UPA-02", "fetches a token for every request", ehr_tokens=TokenPerRequest),
    swap("late-renewal", "UPA-03", "uses tokens beyond their expiry", ehr_tokens=LateRenewal),
    swap(
        "token-stampede",
        "UPA-04",
        "renews once for every waiting request",
        ehr_tokens=TokenStampede,
        unity_sessions=TokenStampedeAtUnity,
    ),
    swap(
        "refuses-while-renewing",
        "UPA-04",
        "refuses whoever comes while a token is being fetched",
        ehr_tokens=RefusesWhileRenewing,
        unity_sessions=RefusesWhileRenewingAtUnity,
    ),
    swap("ignores-upstream-401", "UPA-05", "keeps a token that the EHR refuses", ehr_client=IgnoresUpstream401),
    swap(
        "hammers-token-endpoint",
        "UPA-06",
        "asks a failing token endpoint at once",
        ehr_tokens=HammersTokenEndpoint,
        unity_sessions=HammersTokenEndpointAtUnity,
    ),
    swap("trusts-own-clock", "UPA-07", "ignores that the EHR's clock differs", assertion=TrustsOwnClock),
    swap("logs-own-key", "UPA-09", "logs its private key", own_key=LogsOwnKey),
    swap("logs-new-key", "UPA-09", "logs the private key that it is handed over", own_key=LogsNewKey),
    swap(
        "logs-upstream-token",
        "UPA-09",
        "logs the EHR's token",
        ehr_tokens=LogsUpstreamToken,
        unity_sessions=LogsUpstreamTokenAtUnity,
    ),
)
