"""Who asks: how clients prove themselves at the token, introspection and revocation endpoints.

All that is wrong with an assertion looks the same from outside: invalid_client.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_plus

from joserfc.jwk import KeySet

from mock_ehr.assertions import AssertionRefusedError, check_signature, decode, judge
from mock_ehr.clients import Client
from mock_ehr.message import MalformedQueryError, Request, parse_form
from mock_ehr.vendors.epic.authorization_forms import OAuthRefusedError, needed
from mock_ehr.vendors.epic.site import Site

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CHALLENGE = (("WWW-Authenticate", 'Basic realm="oauth2"'),)


class KeysNeededError(Exception):
    """The keys at `address` have to be fetched before the assertion can be judged."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def prove(request: Request, form: dict[str, str], site: Site, fetched: KeySet | None = None) -> Client:
    """Return the client that the request is from, by whatever it proves itself with.

    `fetched` are keys that were just fetched for it. Raises OAuthRefusedError and KeysNeededError.
    """
    basic = request.header("authorization")
    ways = [name for name in ("client_assertion", "client_secret") if form.get(name)]
    if len(ways) + bool(basic) > 1:
        raise OAuthRefusedError("invalid_request", "the client proves itself in more than one way")
    if basic:
        return by_basic(basic, site)
    if ways == ["client_assertion"]:
        return by_assertion(form, site, fetched)
    client = site.state.clients.in_force(needed(form, "client_id"))
    if ways:
        if client is None or not client.has_secret(form["client_secret"]):
            raise OAuthRefusedError("invalid_client", f"wrong secret, or no client {form['client_id']!r}")
        return client
    if client is None or not client.is_public:
        raise OAuthRefusedError("invalid_client", f"client {form['client_id']!r} is not public, or not registered")
    return client


def by_basic(header: str, site: Site) -> Client:
    """Return the client that an Authorization header names and proves (RFC 6749 section 2.3.1)."""
    status = site.quirks.basic_refusal_status
    challenge = CHALLENGE if status == 401 else ()
    scheme, _, credentials = header.partition(" ")
    try:
        raw = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raw = ""
    if scheme.lower() == "basic":
        for client_id, secret in readings(raw, site.quirks.basic_credentials):
            client = site.state.clients.in_force(client_id)
            if client is not None and client.has_secret(secret):
                return client
    raise OAuthRefusedError("invalid_client", "the Authorization header proves no client", status, challenge)


def readings(raw: str, written: str) -> list[tuple[str, str]]:
    """Return what a client id and secret in a Basic header can mean, as the switch basic_credentials says."""
    client_id, _, secret = raw.partition(":")
    encoded = (unquote_plus(client_id), unquote_plus(secret))
    return {"raw": [(client_id, secret)], "encoded": [encoded]}.get(written, [(client_id, secret), encoded])


def by_assertion(form: dict[str, str], site: Site, fetched: KeySet | None) -> Client:
    """Return the client that signed the assertion of `form`, whose jti is used up then."""
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        sent = form.get("client_assertion_type")
        raise OAuthRefusedError("invalid_request", f"client_assertion_type is {sent!r}")
    assertion = needed(form, "client_assertion")
    now = site.state.clock.now()
    try:
        client = asserted_client(assertion, form.get("client_id", ""), site)
        seen = judge(assertion, client, site.token_url, now)
        check_keys(assertion, client, site, fetched)
        site.state.used_ids.spend(client.client_id, seen.claims["jti"], float(seen.claims["exp"]), now)
    except AssertionRefusedError as refusal:
        raise OAuthRefusedError("invalid_client", str(refusal)) from refusal
    return client


def asserted_client(assertion: str, named: str, site: Site) -> Client:
    """Return the registered client that the assertion says it is from. Raises AssertionRefusedError."""
    claimed = decode(assertion).claims.get("iss")
    client = site.state.clients.in_force(claimed) if isinstance(claimed, str) else None
    if client is None:
        known = isinstance(claimed, str) and claimed in site.state.clients
        reason = "has yet to spread through the EHR" if known else "is not registered"
        raise AssertionRefusedError(f"client {claimed!r} {reason}")
    if named and named != claimed:
        raise AssertionRefusedError("client_id is not the iss of the assertion")
    return client


def check_keys(assertion: str, client: Client, site: Site, fetched: KeySet | None) -> None:
    """Refuse an assertion that the client's keys did not sign. Raises AssertionRefusedError and KeysNeededError.

    A key-set address is looked at once for each assertion, when the kept keys are too old or do not fit.
    """
    header = decode(assertion).header
    if client.jwks_uri:
        keys = fetched or site.state.key_sets.kept(client.jwks_uri)
        try:
            check_signature(assertion, header, keys)
        except AssertionRefusedError:
            if fetched is None:
                raise KeysNeededError(client.jwks_uri) from None
            raise
        return
    mode = site.quirks.static_keys
    if mode == "refused":
        raise AssertionRefusedError("keys that were uploaded do not work any more; register jwks_uri")
    if mode == "uploaded" and not header["alg"].startswith("RS"):
        raise AssertionRefusedError(f"{header['alg']} works with a key-set address only")
    check_signature(assertion, header, client.keys, by_kid=mode != "uploaded")


def claimed_client(request: Request) -> str:
    """Return the client id that a request claims in whatever way, nothing checked; "" when none can be read."""
    try:
        form = dict(request.parameters()) | dict(parse_form(request.body.decode("utf-8")))
        claimed: object = form.get("client_id") or basic_name(request)
        if not claimed and "client_assertion" in form:
            claimed = decode(form["client_assertion"]).claims.get("iss")
    except (MalformedQueryError, UnicodeDecodeError, AssertionRefusedError):
        return ""
    return claimed if isinstance(claimed, str) else ""


def basic_name(request: Request) -> str:
    """Return the user name of a Basic header, "" without one."""
    scheme, _, credentials = request.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode("utf-8").partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
