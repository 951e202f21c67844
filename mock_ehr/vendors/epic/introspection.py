"""Introspection and revocation: works at Epic although it is not listed (vendors.md 1.2, E9); RFC 7662 and RFC 7009."""

from __future__ import annotations

import orjson
from joserfc.jwk import KeySet

from mock_ehr.message import Answer, Request
from mock_ehr.tokens import Grant
from mock_ehr.vendors.epic.authorization_clients import prove
from mock_ehr.vendors.epic.authorization_forms import NO_STORE, OAuthRefusedError, needed, read_form
from mock_ehr.vendors.epic.dialect import JSON
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.token_endpoint import withdraw


def introspect(request: Request, site: Site, fetched: KeySet | None = None) -> Answer:
    """Answer what a token is worth, to a client with a live backend token or with its credentials.

    Raises OAuthRefusedError and KeysNeededError.
    """
    form = read_form(request)
    name = needed(form, "token")
    asking(request, form, site, fetched)
    grant = site.state.tokens.find(name)
    if grant is None or not site.state.tokens.is_live(grant):
        return Answer(200, b'{"active":false}', JSON, NO_STORE)
    return Answer(200, described(grant, site), JSON, NO_STORE)


def asking(request: Request, form: dict[str, str], site: Site, fetched: KeySet | None) -> str:
    """Return the id of the client that asks. Raises OAuthRefusedError and KeysNeededError."""
    scheme, _, token = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer":
        client = prove(request, form, site, fetched)
        if client.is_public:
            raise OAuthRefusedError("invalid_client", "a client without credentials cannot introspect")
        return client.client_id
    grant = site.state.tokens.find(token.strip())
    if grant is None or not site.state.tokens.is_live(grant) or grant.context is not None:
        challenge = (("WWW-Authenticate", 'Bearer error="invalid_token"'),)
        raise OAuthRefusedError("invalid_token", "the bearer token is no live backend token", 401, challenge)
    return grant.client_id


def described(grant: Grant, site: Site) -> bytes:
    """Return what is told of a live token: SMART App Launch 2.2, "Token Introspection", with Epic's own `sub`."""
    client = site.state.clients.in_force(grant.client_id)
    scopes = grant.context.scopes if grant.context else client.scopes if client else ()
    shown = {
        "active": True,
        "scope": " ".join(scopes),
        "client_id": grant.client_id,
        "exp": int(grant.expires),
        "token_type": "bearer",
        "iss": site.oauth_base,
        "sub": grant.client_id,
    }
    if grant.context is None:
        return orjson.dumps(shown)
    context = grant.context
    if site.quirks.introspection_sub_is_url:
        about = f"Patient/{context.patient}" if context.patient else context.user
        return orjson.dumps({**shown, "sub": f"{site.fhir_base}/{about}"})
    launch = {"patient": context.patient, "encounter": context.encounter}
    user = context.user.rpartition("/")[2]
    return orjson.dumps({**shown, "sub": user, **{name: value for name, value in launch.items() if value}})


def revoke(request: Request, site: Site, fetched: KeySet | None = None) -> Answer:
    """End a token: 200 also for one that never was (RFC 7009 section 2.2).

    A refresh token takes everything of its authorization along. Raises OAuthRefusedError and KeysNeededError.
    """
    form = read_form(request)
    name = needed(form, "token")
    client = prove(request, form, site, fetched)
    grant, kept = site.state.tokens.find(name), site.state.authorizations.refresh.find(name)
    owner = grant.client_id if grant else kept.client_id if kept else client.client_id
    if owner != client.client_id:
        raise OAuthRefusedError("invalid_grant", "the token is another client's")
    if grant is not None:
        site.state.tokens.expire(grant)
    if kept is not None:
        withdraw(kept.context.family, site)
    return Answer(200, b"", "", NO_STORE)
