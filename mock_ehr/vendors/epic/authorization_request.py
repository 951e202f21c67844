"""Reading and checking a request to the authorization endpoint. What is wrong with it is never told to the client."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mock_ehr.authorizations import PENDING_S, Asked, Launch
from mock_ehr.clients import Client
from mock_ehr.message import MalformedQueryError, Request
from mock_ehr.scopes import granted
from mock_ehr.vendors.epic.authorization_forms import OAuthRefusedError, once_each, read_form
from mock_ehr.vendors.epic.site import Site

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class NotAuthorizedError(Exception):
    """A request that ends on a page of the EHR instead of going back to the client; the note is for the journal."""

    def __init__(self, note: str, code: str = "") -> None:
        super().__init__(note)
        self.note = note
        self.code = code  # what the page names, "" for nothing


def read_request(request: Request, site: Site) -> Asked:
    """Return what a good request asks for. Raises NotAuthorizedError."""
    asked = parameters(request, site)
    if asked.get("response_type") != "code":
        raise NotAuthorizedError(f"response_type is {asked.get('response_type')!r}; valid: code")
    client = known_client(asked, site)
    check_audience(asked, site)
    scopes = asked.get("scope", "").split()
    return Asked(
        client_id=client.client_id,
        redirect_uri=asked["redirect_uri"],
        scopes=granted(scopes, client.scopes),
        state=asked.get("state"),
        challenge=read_challenge(asked, required=site.quirks.pkce_required),
        nonce=asked.get("nonce", ""),
        launch=find_launch(asked, scopes, client, site),
        expires=site.state.clock.now() + PENDING_S,
    )


def parameters(request: Request, site: Site) -> dict[str, str]:
    """Return the parameters: in the query of a GET, in the body of a POST, each once."""
    try:
        if request.method == "GET":
            return once_each(request.parameters())
        asked = read_form(request)
    except (OAuthRefusedError, MalformedQueryError) as error:
        raise NotAuthorizedError(str(error)) from error
    if site.quirks.post_needs_launch and not asked.get("launch"):
        raise NotAuthorizedError("POST without launch: a standalone launch is a GET")
    return asked


def known_client(asked: Mapping[str, str], site: Site) -> Client:
    """Return the client, whose redirect address has to be registered letter by letter."""
    client_id, redirect_uri = asked.get("client_id", ""), asked.get("redirect_uri", "")
    client = site.state.clients.in_force(client_id)
    if client is None:
        raise NotAuthorizedError(f"no client {client_id!r} is registered, or it has yet to spread through the EHR")
    if redirect_uri not in client.redirect_uris:
        raise NotAuthorizedError(
            f"redirect_uri {redirect_uri!r} is not registered; valid: {list(client.redirect_uris)}"
        )
    return client


def check_audience(asked: Mapping[str, str], site: Site) -> None:
    """Refuse unless `aud` is the FHIR address that the token is for."""
    aud = asked.get("aud", "")
    if not aud and not site.quirks.aud_required:
        return
    if aud.rstrip("/") != site.fhir_base:
        raise NotAuthorizedError(f"aud is {aud!r}, not {site.fhir_base!r}")


def read_challenge(asked: Mapping[str, str], *, required: bool) -> str:
    """Return the code challenge, "" without one (RFC 7636 section 4.3; S256 alone)."""
    challenge, method = asked.get("code_challenge", ""), asked.get("code_challenge_method", "")
    if not challenge and not method and not required:
        return ""
    if method != "S256":
        raise NotAuthorizedError(f"code_challenge_method is {method!r}; valid: S256")
    if not CHALLENGE.fullmatch(challenge):
        raise NotAuthorizedError(f"code_challenge is {challenge!r}; it is a SHA-256 in base64url, 43 characters")
    return challenge


def find_launch(asked: Mapping[str, str], scopes: list[str], client: Client, site: Site) -> Launch | None:
    """Return the EHR launch that the request belongs to, None for a standalone one.

    Without the scope `launch` the user is asked to log in although there is a launch (Epic's error table).
    """
    if "launch" not in scopes:
        return None
    name = asked.get("launch", "")
    launch = site.state.authorizations.launches.find(name)
    if launch is None or launch.client_id != client.client_id:
        raise NotAuthorizedError(
            "the launch token is missing, unknown, has ended, or is another client's", "invalid_launch_token"
        )
    site.state.authorizations.launches.drop(name)
    return launch
