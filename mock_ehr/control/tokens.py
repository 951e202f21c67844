"""Access tokens that the EHR issued, and how long they live."""

from __future__ import annotations

from typing import Any

from mock_ehr.control.console import Console
from mock_ehr.control.refusal import RefusedError, absent
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import number, record, rows, text, whole

_TOKEN = record(
    {
        "client_id": text("client it was issued to"),
        "token": text("first 16 hex digits of its SHA-256, as in the journal"),
        "access_token": text("the token itself"),
        "expires": number("epoch seconds on the EHR's clock"),
    },
    "client_id", "token", "access_token", "expires",
)  # fmt: skip
_LIFETIME = number("seconds", exclusiveMinimum=0, maximum=86_400)
_EXPIRED = record({"expired": whole("tokens that were alive")}, "expired")


def listing(console: Console, _call: Call) -> Any:
    """List the tokens that are kept, oldest first."""
    return [
        {"client_id": grant.client_id, "token": grant.digest, "access_token": grant.token, "expires": grant.expires}
        for grant in console.state.tokens.issued()
    ]


def expire(console: Console, call: Call) -> Any:
    """Let tokens die: all, those of a client, or one."""
    chosen, tokens = call.body or {}, console.state.tokens
    if not chosen:
        return {"expired": tokens.expire_all()}
    if len(chosen) > 1:
        raise RefusedError(400, "token and client_id are both given", "give one of them, or none for all tokens")
    grants = [
        grant
        for grant in tokens.issued()
        if chosen.get("token", grant.digest) == grant.digest
        and chosen.get("client_id", grant.client_id) == grant.client_id
    ]
    if not grants and "token" in chosen:
        raise absent(f"no token {chosen['token']!r}", "GET /tokens lists them; token is the first 16 hex digits")
    alive = sum(tokens.is_live(grant) for grant in grants)
    for grant in grants:
        tokens.expire(grant)
    return {"expired": alive}


def lifetime(console: Console, call: Call) -> Any:
    """Set how long tokens live that are issued from now on."""
    seconds = call.body["lifetime_s"]
    console.state.tokens.lifetime_s = int(seconds) if seconds == int(seconds) else seconds
    return {"lifetime_s": console.state.tokens.lifetime_s}


ROUTES = (
    Route("GET", "/tokens", "listTokens", "List the issued tokens, oldest first", listing, gives=rows(_TOKEN)),
    Route(
        "PUT", "/tokens", "setTokenLifetime", "Set how long tokens live that are issued from now on",
        lifetime,
        body=record({"lifetime_s": _LIFETIME}, "lifetime_s"),
        gives=record({"lifetime_s": _LIFETIME}, "lifetime_s"),
    ),
    Route(
        "POST", "/tokens/expire", "expireTokens", "Let all tokens die at once, or one, or those of a client",
        expire,
        body=record({"token": text("as the journal shows it"), "client_id": text("whose tokens")}),
        body_optional=True,
        gives=_EXPIRED,
    ),
)  # fmt: skip
