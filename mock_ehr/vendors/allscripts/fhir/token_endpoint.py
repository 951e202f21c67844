"""The token endpoint of system apps: private_key_jwt with RSA keys, a scope that must be named, errors without a word.

Seen (V1 V3): invalid_client for a secret, invalid_request for a malformed assertion, no description. Which error the
other failures get is a gap; they follow RFC 6749 section 5.2.
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from mock_ehr.assertions import AssertionRefusedError, Unverified, decode, number
from mock_ehr.message import Answer, MalformedQueryError, Request, parse_form
from mock_ehr.scopes import V1_LETTERS, Scope, narrow, read_scope
from mock_ehr.tokens import Context
from mock_ehr.vendors.allscripts.clients import FhirClient
from mock_ehr.vendors.allscripts.fhir.keys import pull
from mock_ehr.vendors.allscripts.fhir.outcomes import JSON, unimplemented
from mock_ehr.vendors.allscripts.site import Site

FORM = "application/x-www-form-urlencoded"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("RS256", "RS384", "RS512")
LIFE_S = (120, 1200)
NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


class ScopeRefusedError(ValueError):
    """A scope that is missing, mixed, not understood or not registered."""


def oauth_error(error: str, note: str) -> Answer:
    """Return 400 with an OAuth error and nothing else."""
    return Answer(400, orjson.dumps({"error": error}), JSON, NO_STORE, note=note)


def grant_token(request: Request, site: Site) -> Answer:
    """Answer a request for a token."""
    form = read_form(request)
    if isinstance(form, str):
        return oauth_error("invalid_request", form)
    grant_type = form.get("grant_type", "")
    if grant_type in ("authorization_code", "refresh_token"):
        return unimplemented(f"grant_type {grant_type}")
    if grant_type != "client_credentials":
        return oauth_error("unsupported_grant_type" if grant_type else "invalid_request", f"grant_type {grant_type!r}")
    if not form.get("client_assertion"):
        return oauth_error("invalid_client", "no assertion, and a secret does not do")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        return oauth_error("invalid_request", f"client_assertion_type is {form.get('client_assertion_type')!r}")
    return judge(form, site)


def read_form(request: Request) -> dict[str, str] | str:
    """Return the form fields, or the reason why there are none."""
    if request.method != "POST" or request.header("content-type").partition(";")[0].strip().lower() != FORM:
        return "not a POST of a form"
    try:
        pairs = parse_form(request.body.decode("utf-8"))
    except (MalformedQueryError, UnicodeDecodeError):
        return "the form cannot be read"
    form = dict(pairs)
    return form if len(form) == len(pairs) else "a field occurs twice"


def judge(form: dict[str, str], site: Site) -> Answer:
    """Answer a request that holds an assertion."""
    try:
        seen = decode(form["client_assertion"])
    except AssertionRefusedError as refusal:
        return oauth_error("invalid_request", str(refusal))
    client = site.fhir_clients.get(str(seen.claims.get("iss")))
    if client is None:
        return oauth_error("invalid_client", f"no client {seen.claims.get('iss')!r} is registered")
    now = site.state.clock.now()
    try:
        pull(client, now, site.quirks.key_pull_hour)
        verify(form["client_assertion"], seen, client, site.token_url, now)
        site.state.used_ids.spend(client.client_id, seen.claims["jti"], float(seen.claims["exp"]), now)
        scopes = granted(form.get("scope", ""), client)
    except AssertionRefusedError as refusal:
        return oauth_error("invalid_client", str(refusal))
    except ScopeRefusedError as refusal:
        return oauth_error("invalid_scope", str(refusal))
    return issue(client, scopes, site)


def verify(assertion: str, seen: Unverified, client: FhirClient, audience: str, now: float) -> None:
    """Refuse an assertion that does not prove the client. Raises AssertionRefusedError."""
    if seen.header.get("alg") not in ALGORITHMS:
        raise AssertionRefusedError(f"alg is {seen.header.get('alg')!r}; valid: {', '.join(ALGORITHMS)}")
    if "jku" in seen.header and seen.header["jku"] != client.jku:
        raise AssertionRefusedError("jku is not the registered key-set address")
    check_signature(assertion, seen, client)
    if seen.claims.get("sub") != client.client_id:
        raise AssertionRefusedError("iss and sub are not both the client id")
    if seen.claims.get("aud") not in (audience, [audience]):
        raise AssertionRefusedError(f"aud is {seen.claims.get('aud')!r}, not the token endpoint {audience!r}")
    check_life(seen, now)
    jti = seen.claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise AssertionRefusedError("jti is missing")


def check_signature(assertion: str, seen: Unverified, client: FhirClient) -> None:
    """Refuse what none of the keys that were pulled has signed. Raises AssertionRefusedError."""
    registry = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
    known = False
    for key in client.pulled.keys:
        if "kid" in seen.header and seen.header["kid"] != key.kid:
            continue
        known = True
        try:
            jws.deserialize_compact(assertion, key, registry=registry)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        return
    waiting = any(key.kid == seen.header.get("kid") for key in client.published.keys)
    if waiting and not known:
        raise AssertionRefusedError("the key was published after the last nightly pull")
    raise AssertionRefusedError("the signature does not fit" if known else f"no key {seen.header.get('kid')!r}")


def check_life(seen: Unverified, now: float) -> None:
    """Refuse an assertion that has expired or lives less than 2 or more than 20 minutes."""
    expires, issued = number(seen.claims, "exp"), number(seen.claims, "iat")
    if expires is None or expires <= now:
        raise AssertionRefusedError("exp is missing or has passed")
    if issued is not None and issued > now:
        raise AssertionRefusedError("iat is in the future")
    life = expires - (issued if issued is not None else now)
    if not LIFE_S[0] <= life <= LIFE_S[1] or expires > now + LIFE_S[1]:
        raise AssertionRefusedError(f"the assertion lives {life:.0f} s; valid: {LIFE_S[0]} to {LIFE_S[1]} s")


def granted(text: str, client: FhirClient) -> tuple[str, ...]:
    """Return the scopes of the token: what is asked for, as far as it is registered. Raises ScopeRefusedError."""
    asked = [parsed(word) for word in text.split()]
    if not asked:
        raise ScopeRefusedError("scope is missing")
    if len({spelling(scope) for scope in asked}) > 1:
        raise ScopeRefusedError("the scopes mix the spellings of version 1 and 2")
    registered = [parsed(word) for word in client.scopes]
    narrowed = (narrow(scope, known) for scope in asked for known in registered)
    texts = tuple(dict.fromkeys(scope.text for scope in narrowed if scope is not None))
    if not texts:
        raise ScopeRefusedError(f"none of {text!r} is registered")
    return texts


def parsed(word: str) -> Scope:
    """Return a scope. Raises ScopeRefusedError."""
    try:
        return read_scope(word)
    except ValueError as error:
        raise ScopeRefusedError(str(error)) from error


def spelling(scope: Scope) -> int:
    """Return the version of SMART in whose spelling a scope is written."""
    return 1 if scope.text.rpartition(".")[2] in V1_LETTERS else 2


def issue(client: FhirClient, scopes: Iterable[str], site: Site) -> Answer:
    """Return a new token with its scopes."""
    grant = site.state.tokens.issue(client.client_id, Context("", tuple(scopes)))
    body = {
        "access_token": grant.token,
        "token_type": "Bearer",
        "expires_in": site.state.tokens.lifetime_s,
        "scope": " ".join(scopes),
    }
    return Answer(200, orjson.dumps(body), JSON, NO_STORE, token=grant.digest, secret=grant.token)
