"""The token endpoint: backend services, codes of launches, and refresh tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from joserfc.jwk import KeySet

from mock_ehr.authorizations import Code
from mock_ehr.key_sets import UnreachableError
from mock_ehr.message import Answer, Request
from mock_ehr.scopes import rights
from mock_ehr.vendors.epic.authorization_clients import ASSERTION_TYPE, KeysNeededError, by_assertion, prove
from mock_ehr.vendors.epic.authorization_forms import OAuthRefusedError, needed, read_form
from mock_ehr.vendors.epic.authorization_grants import backend, launched, refreshed
from mock_ehr.vendors.epic.dialect import unimplemented
from mock_ehr.vendors.epic.site import Site

OTHER_GRANTS = (
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
)
Endpoint = Callable[[Request, Site, KeySet | None], Answer]


def with_keys(endpoint: Endpoint, request: Request, site: Site) -> Answer | Awaitable[Answer]:
    """Answer a request of a client that may publish its keys: awaitable when they have to be fetched first."""
    try:
        return endpoint(request, site, None)
    except KeysNeededError as missing:
        return after_fetch(endpoint, request, site, missing.address)
    except OAuthRefusedError as refusal:
        return refusal.answer()


async def after_fetch(endpoint: Endpoint, request: Request, site: Site, address: str) -> Answer:
    """Answer a request after its client's keys were fetched."""
    try:
        return endpoint(request, site, await site.state.key_sets.refresh(address))
    except UnreachableError as error:
        return OAuthRefusedError("invalid_client", f"no keys: {error}").answer()
    except OAuthRefusedError as refusal:
        return refusal.answer()


def grant_token(request: Request, site: Site, fetched: KeySet | None = None) -> Answer:
    """Answer a request for a token. Raises OAuthRefusedError and KeysNeededError."""
    form = read_form(request)
    grant_type = needed(form, "grant_type")
    if grant_type in OTHER_GRANTS:
        return unimplemented(request, f"grant_type {grant_type}", xml_by_default=False)
    if grant_type not in GRANTS:
        raise OAuthRefusedError("unsupported_grant_type", f"grant_type is {grant_type!r}")
    return GRANTS[grant_type](request, form, site, fetched)


def client_credentials(_request: Request, form: dict[str, str], site: Site, fetched: KeySet | None) -> Answer:
    """Answer a backend client, which has to sign (vendors.md 1.9)."""
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        sent = form.get("client_assertion_type")
        raise OAuthRefusedError("invalid_request", f"client_assertion_type is {sent!r}")
    client = by_assertion(form, site, fetched)
    if not client.background_user:
        raise OAuthRefusedError("unauthorized_client", "the client has no background user")
    if client.redirect_uris and not any(scope.context == "system" for scope in rights(client.scopes)):
        raise OAuthRefusedError("unauthorized_client", "the client is no backend system: no system scope is registered")
    return backend(client, site)


def authorization_code(request: Request, form: dict[str, str], site: Site, fetched: KeySet | None) -> Answer:
    """Answer a client that brings the code of a launch; the first try uses the code up, whatever comes of it."""
    name, redirect_uri = needed(form, "code"), needed(form, "redirect_uri")
    client = prove(request, form, site, fetched)
    codes = site.state.authorizations.codes
    code = codes.find(name)
    if code is None or code.asked.client_id != client.client_id:
        raise OAuthRefusedError("invalid_grant", "the code is unknown, has ended, or is another client's")
    if code.used:
        if site.quirks.code_reuse_revokes:
            withdraw(code.context.family, site)
        raise OAuthRefusedError("invalid_grant", "the code was used before")
    codes.replace(name, replace(code, used=True))
    if redirect_uri != code.asked.redirect_uri:
        raise OAuthRefusedError("invalid_grant", f"redirect_uri is {redirect_uri!r}, not the one of the launch")
    check_verifier(form.get("code_verifier", ""), code)
    return launched(client, code.asked, code.context, site)


def check_verifier(verifier: str, code: Code) -> None:
    """Refuse unless the verifier fits the challenge of the launch, S256 (RFC 7636 section 4.6)."""
    if not code.asked.challenge:
        if verifier:
            raise OAuthRefusedError("invalid_grant", "code_verifier without a code_challenge before")
        return
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if not verifier or not hmac.compare_digest(digest, code.asked.challenge):
        raise OAuthRefusedError("invalid_grant", "code_verifier does not fit the code_challenge")


def refresh_token(request: Request, form: dict[str, str], site: Site, fetched: KeySet | None) -> Answer:
    """Answer a client that brings a refresh token."""
    name = needed(form, "refresh_token")
    client = prove(request, form, site, fetched)
    kept = site.state.authorizations.refresh.find(name)
    if kept is None or kept.client_id != client.client_id:
        raise OAuthRefusedError("invalid_grant", "the refresh token is unknown, has ended, or is another client's")
    return refreshed(client, name, kept, site)


def withdraw(family: str, site: Site) -> None:
    """End everything that came from one authorization."""
    site.state.tokens.expire_family(family)
    site.state.authorizations.withdraw(family)


GRANTS: Mapping[str, Callable[[Request, dict[str, str], Site, KeySet | None], Answer]] = {
    "client_credentials": client_credentials,
    "authorization_code": authorization_code,
    "refresh_token": refresh_token,
}
