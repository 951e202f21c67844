"""What a token answer says: for a backend client, for a launch, and for a refreshed launch."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import orjson

from mock_ehr.authorizations import Asked, Refresh
from mock_ehr.clients import Client
from mock_ehr.message import Answer
from mock_ehr.tokens import Context
from mock_ehr.vendors.epic.authorization_forms import NO_STORE
from mock_ehr.vendors.epic.authorization_identity import identity
from mock_ehr.vendors.epic.dialect import JSON
from mock_ehr.vendors.epic.site import Site


def backend(client: Client, site: Site) -> Answer:
    """Return a client's own token. Whatever scope was asked for, it carries everything registered."""
    body, token = access(client.client_id, None, site)
    return told({**body, "scope": " ".join(client.scopes)}, token)


def launched(client: Client, asked: Asked, context: Context, site: Site) -> Answer:
    """Return the token of a launch with its context, an id_token and a refresh token where they were granted."""
    body, token = access(client.client_id, context, site)
    body |= {"token_type": site.quirks.launch_token_type, "scope": " ".join(context.scopes)}
    if asked.state is not None and site.quirks.launch_state_in_token:
        body["state"] = asked.state
    if may_refresh(client, context, site):
        ends = site.state.clock.now() + site.quirks.refresh_lifetime_s
        body["refresh_token"] = site.state.authorizations.refresh.add(Refresh(client.client_id, context, ends))
    if "openid" in context.scopes:
        body["id_token"] = id_token(context, asked, site)
    return told({**body, **launch_context(context, site)}, token)


def refreshed(client: Client, name: str, kept: Refresh, site: Site) -> Answer:
    """Return a new token for a refresh token, and a new refresh token where the client's mode says so.

    Rolling keeps the end of the first refresh token, indefinite moves it on (Epic's OAuth page, appendix).
    """
    body, token = access(client.client_id, kept.context, site)
    body |= {"token_type": site.quirks.launch_token_type, "scope": " ".join(kept.context.scopes)}
    if client.refresh != "fixed":
        shelf = site.state.authorizations.refresh
        later = site.state.clock.now() + site.quirks.refresh_lifetime_s
        ends = kept.expires if client.refresh == "rolling" else later
        body["refresh_token"] = shelf.add(Refresh(client.client_id, kept.context, ends))
        if site.quirks.rotated_refresh_dies:
            shelf.drop(name)
    return told(body | ({"patient": kept.context.patient} if kept.context.patient else {}), token)


def access(client_id: str, context: Context | None, site: Site) -> tuple[dict[str, Any], str]:
    """Return the beginning of a token answer, and the digest of the new token."""
    grant = site.state.tokens.issue(client_id, context)
    lifetime = site.state.tokens.lifetime_s
    return {"access_token": grant.token, "token_type": "bearer", "expires_in": lifetime}, grant.digest


def told(body: dict[str, Any], digest: str) -> Answer:
    """Return a token answer; the journal keeps none of its credentials."""
    hidden = tuple(str(body[name]) for name in ("refresh_token", "id_token") if name in body)
    return Answer(
        200, orjson.dumps(body), JSON, NO_STORE, token=digest, secret=str(body["access_token"]), secrets=hidden
    )


def may_refresh(client: Client, context: Context, site: Site) -> bool:
    """Return whether a launch gets a refresh token."""
    asked = "offline_access" in context.scopes or "online_access" in context.scopes
    return asked and (not client.is_public or site.quirks.public_clients_refresh)


def id_token(context: Context, asked: Asked, site: Site) -> str:
    """Return the id_token of a launch."""
    now = int(site.state.clock.now())
    claims = identity(context, asked, site.oauth_base, site.fhir_base, now)
    return site.signer.sign({**claims, "exp": now + site.quirks.id_token_lifetime_s})


def launch_context(context: Context, site: Site) -> dict[str, Any]:
    """Return what a launch tells about its patient; need_patient_banner is a text at Epic (recorded answer)."""
    shown: dict[str, Any] = {}
    if context.patient and site.quirks.dstu2_patient:
        shown["__epic.dstu2.patient"] = dstu2_id(context.patient)
    if context.encounter:
        shown["encounter"] = context.encounter
    if context.launch:
        shown["need_patient_banner"] = "false"
    if context.patient:
        shown["patient"] = context.patient
    return shown


def dstu2_id(patient: str) -> str:
    """Return a patient's id in DSTU2: begins with T, ends with B, means nothing (vendors.md 1.8)."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(patient.encode()).digest()).decode().rstrip("=")
    return f"T{digest.replace('_', '.')}B"
