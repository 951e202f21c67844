"""From a request to its caller: one bearer token in the Authorization header, verified (RFC 6750)."""

from __future__ import annotations

from urllib.parse import parse_qsl

from reference_gateway.consumer_tokens import InvalidToken, TokenVerifier
from reference_gateway.exchange import Caller, ConsumerRequest
from reference_gateway.facility_limit import FacilityLimit
from reference_gateway.refusal import Refusal
from reference_gateway.revocation import Revocation
from reference_gateway.token_binding import TokenBinding


class Authentication:
    """Finds the caller's token, verifies it, and asks whether it is the caller's own, withdrawn, and for here."""

    def __init__(
        self, verifier: TokenVerifier, revocation: Revocation, facility: FacilityLimit, binding: TokenBinding
    ) -> None:
        self.verifier = verifier
        self.revocation = revocation
        self.facility = facility
        self.binding = binding

    async def caller(self, request: ConsumerRequest) -> Caller:
        """Return who asks.

        Raises Refusal 401 (no, bad or withdrawn token), 400 (token in the query), 403 (another facility's), 503
        (issuer down).
        """
        token = self.token(request)
        try:
            caller = await self.verifier.verify(token)
            self.binding.check(caller, request)
            await self.revocation.check(token)
        except InvalidToken as error:
            raise invalid_token(str(error)) from None
        self.facility.check(caller)
        return caller

    def token(self, request: ConsumerRequest) -> str:
        """Return the bearer token as sent."""
        if any(name == "access_token" for name, _ in parse_qsl(request.raw_query, keep_blank_values=True)):
            raise _token_in_query()
        return self.header_token(request)

    def header_token(self, request: ConsumerRequest) -> str:
        """Return the token of the Authorization header. Raises Refusal 401."""
        values = request.headers.getall("Authorization", [])
        if not values or not values[0].strip():
            raise _anonymous("this needs a bearer token")
        scheme, _, token = values[0].partition(" ")
        if len(values) > 1 or scheme.lower() != "bearer" or not token.strip():
            raise _anonymous("the Authorization header is not one bearer token")
        return token.strip()


def invalid_token(why: str) -> Refusal:
    """Return 401 invalid_token with the challenge of RFC 6750 section 3.1."""
    challenge = f'Bearer error="invalid_token", error_description="{why}"'
    return Refusal(
        401, "login", f"the token is not accepted: {why}", reason="invalid-token", headers=_challenge(challenge)
    )


def _anonymous(text: str) -> Refusal:
    return Refusal(401, "login", text, reason="no-token", headers=_challenge("Bearer"))


def _token_in_query() -> Refusal:
    text = "tokens are accepted in the Authorization header only; withdraw this token, addresses are logged on the way"
    challenge = 'Bearer error="invalid_request"'
    return Refusal(400, "security", text, reason="token-in-query", headers=_challenge(challenge))


def _challenge(value: str) -> dict[str, str]:
    return {"WWW-Authenticate": value}
