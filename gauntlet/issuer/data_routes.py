"""The issuer's public endpoints: discovery, keys, token, introspection, revocation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from gauntlet.issuer.clients import ASSERTION_ALGORITHMS, OAuthError
from gauntlet.issuer.service import TOKEN_ALGORITHMS, Issuer

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
FORM_TYPE = "application/x-www-form-urlencoded"
AUTH_METHODS = ["private_key_jwt", "client_secret_basic", "client_secret_post"]
CLIENT_ID = web.RequestKey("client_id", str)
ENDPOINTS = {
    "/": "realm",
    "/.well-known/openid-configuration": "discovery",
    "/.well-known/oauth-authorization-server": "discovery",
    "/jwks": "jwks",
    "/token": "token",
    "/introspect": "introspect",
    "/revoke": "revoke",
}


class Availability:
    """Whether the data endpoints answer; while `down`, every one of them says 503."""

    def __init__(self) -> None:
        self.down = False


def application(issuer: Issuer, availability: Availability, jwks_max_age_s: int) -> web.Application:
    """Return the public side of the issuer; `jwks_max_age_s` is how long gateways may cache its keys."""
    routes = DataRoutes(issuer, jwks_max_age_s)
    app = web.Application(middlewares=[journaled(issuer), available(availability), oauth_errors])
    app.add_routes(
        [
            web.get("/", routes.realm),
            web.get("/.well-known/openid-configuration", routes.discovery),
            web.get("/.well-known/oauth-authorization-server", routes.discovery),
            web.get("/jwks", routes.jwks),
            web.post("/token", routes.token),
            web.post("/introspect", routes.introspect),
            web.post("/revoke", routes.revoke),
        ]
    )
    return app


def journaled(issuer: Issuer) -> Middleware:
    """Return the middleware that writes every call into the journal."""

    @web.middleware
    async def noting(request: web.Request, handler: Handler) -> web.StreamResponse:
        status = 500
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            endpoint = ENDPOINTS.get(request.path, "unknown")
            issuer.journal.note(endpoint, request.method, request.path, status, request.get(CLIENT_ID))

    return noting


def available(availability: Availability) -> Middleware:
    """Return the middleware that answers 503 while the issuer is down."""

    @web.middleware
    async def answering(request: web.Request, handler: Handler) -> web.StreamResponse:
        if availability.down:
            return web.json_response({"error": "temporarily_unavailable"}, status=503, headers=NO_STORE)
        return await handler(request)

    return answering


@web.middleware
async def oauth_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors in the form of RFC 6749, section 5.2."""
    try:
        return await handler(request)
    except OAuthError as error:
        headers = dict(NO_STORE)
        if error.challenge:
            headers[hdrs.WWW_AUTHENTICATE] = 'Basic realm="issuer"'
        body = {"error": error.code, "error_description": error.description}
        return web.json_response(body, status=error.status, headers=headers)


async def form_of(request: web.Request) -> Mapping[str, str]:
    """Return the form of a request. Raises OAuthError for another type and for a parameter given twice."""
    if request.content_type != FORM_TYPE:
        raise OAuthError("invalid_request", f"Content-Type must be {FORM_TYPE}")
    form = await request.post()
    if len(form) != len(set(form)):
        raise OAuthError("invalid_request", "a parameter is given more than once")
    return {name: value for name, value in form.items() if isinstance(value, str)}


class DataRoutes:
    """The handlers of the public endpoints."""

    def __init__(self, issuer: Issuer, jwks_max_age_s: int) -> None:
        self._issuer = issuer
        self._jwks_headers = {"Cache-Control": f"public, max-age={jwks_max_age_s}"}

    async def realm(self, _request: web.Request) -> web.Response:
        """GET the issuer's URL: the document that Keycloak serves there."""
        url = self._issuer.url
        return web.json_response(
            {
                "realm": "gauntlet",
                "public_key": self._issuer.keyring.active.spki(),
                "token-service": url,
                "account-service": f"{url}/account",
                "tokens-not-before": 0,
            }
        )

    async def discovery(self, _request: web.Request) -> web.Response:
        """GET the metadata (OpenID Connect Discovery 1.0, RFC 8414)."""
        return web.json_response(self.metadata())

    def metadata(self) -> dict[str, Any]:
        """Return the metadata document."""
        url = self._issuer.url
        return {
            "issuer": url,
            "jwks_uri": f"{url}/jwks",
            "token_endpoint": self._issuer.token_url,
            "introspection_endpoint": f"{url}/introspect",
            "revocation_endpoint": f"{url}/revoke",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": list(TOKEN_ALGORITHMS),
            "token_endpoint_auth_methods_supported": AUTH_METHODS,
            "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
            "introspection_endpoint_auth_methods_supported": AUTH_METHODS,
            "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        }

    async def jwks(self, _request: web.Request) -> web.Response:
        """GET the published keys."""
        return web.json_response(self._issuer.keyring.jwks(), headers=self._jwks_headers)

    async def token(self, request: web.Request) -> web.Response:
        """POST a token request."""
        form = await form_of(request)
        client = self._issuer.client(request.headers.get(hdrs.AUTHORIZATION, ""), form)
        request[CLIENT_ID] = client.client_id
        return web.json_response(self._issuer.grant(client, form), headers=NO_STORE)

    async def introspect(self, request: web.Request) -> web.Response:
        """POST a token to learn about; the caller shows client credentials or a good bearer token."""
        form = await form_of(request)
        request[CLIENT_ID] = self._caller(request, form)
        if "token" not in form:
            raise OAuthError("invalid_request", "token is missing")
        return web.json_response(self._issuer.introspect(form["token"]), headers=NO_STORE)

    def _caller(self, request: web.Request, form: Mapping[str, str]) -> str:
        authorization = request.headers.get(hdrs.AUTHORIZATION, "")
        if authorization[:7].lower() != "bearer ":
            return self._issuer.client(authorization, form).client_id
        claims = self._issuer.active_claims(authorization[7:].strip())
        if claims is None:
            raise web.HTTPUnauthorized(headers={hdrs.WWW_AUTHENTICATE: 'Bearer error="invalid_token"'})
        return str(claims.get("client_id"))

    async def revoke(self, request: web.Request) -> web.Response:
        """POST a token to revoke; 200 for unknown ones as well."""
        form = await form_of(request)
        client = self._issuer.client(request.headers.get(hdrs.AUTHORIZATION, ""), form)
        request[CLIENT_ID] = client.client_id
        if "token" not in form:
            raise OAuthError("invalid_request", "token is missing")
        self._issuer.revoke(client, form["token"])
        return web.Response(headers=NO_STORE)
