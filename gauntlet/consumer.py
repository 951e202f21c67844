"""Consumers: apps that use the gateway over HTTP, each with its role, client id and token.

Nothing here repeats a request: a harness that retries hides the faults it is there to find. Redirects are not
followed, the environment's proxies are ignored, and every answer is bounded in time and size.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from gauntlet.answer import Answer
from gauntlet.errors import NoAnswer
from gauntlet.ledger import Ledger, masked, masked_headers, shortened
from gauntlet.result import Exchange
from gauntlet.steps import step
from gauntlet.tls import tls_context

FHIR_JSON = "application/fhir+json"
MAX_BODY = 20_000_000
DEADLINE_S = 15.0
Params = Mapping[str, Any] | list[tuple[str, str]]


@dataclass(frozen=True)
class Consumer:
    """One app. `token` is called for every request, so that a long run never uses an expired one."""

    role: str
    client_id: str
    base_url: str
    token: Callable[[], str | None]
    ledger: Callable[[], Ledger]
    http: httpx.Client
    deadline_s: float = DEADLINE_S
    standing: Mapping[str, str] = field(default_factory=dict)  # headers of every request

    def with_token(self, token: str | None) -> Consumer:
        """Return the same app with another token; None sends no Authorization header."""
        return replace(self, token=lambda: token)

    def within(self, deadline_s: float) -> Consumer:
        """Return the same app, waiting at most `deadline_s` for each whole answer."""
        return replace(self, deadline_s=deadline_s)

    def read(self, resource_type: str, resource_id: str, **options: Any) -> Answer:
        """Read one resource."""
        return self.send("GET", f"{resource_type}/{resource_id}", **options)

    def search(self, resource_type: str, params: Params, **options: Any) -> Answer:
        """Search by GET."""
        return self.send("GET", resource_type, params=params, **options)

    def create(self, resource_type: str, body: bytes, **options: Any) -> Answer:
        """Create by POST; `body` is sent as it is, as FHIR JSON unless headers say otherwise."""
        return self.send("POST", resource_type, body=body, **options)

    def send_raw(self, method: str, path: str) -> Answer:
        """Send `path` (relative to the FHIR base) on the request line exactly as given: nothing is normalised."""
        url = httpx.URL(self.base_url)
        request = self.http.build_request(method, url, headers=self._headers(None, {}), timeout=self.deadline_s)
        request.extensions["target"] = f"{url.raw_path.decode()}/{path}".encode("latin-1")
        return self._sent(request, None, f"{self.base_url}/{path}")

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request (`path` relative to the FHIR base, or absolute) and return the answer.

        Raises NoAnswer when the connection is refused or reset or when no whole answer came in time.
        """
        url = path if path.startswith(("http://", "https://")) else f"{self.base_url}/{path}"
        request = self.http.build_request(
            method,
            url,
            params=_flat(params),
            content=body,
            headers=self._headers(body, headers or {}),
            timeout=self.deadline_s,
        )
        return self._sent(request, body, str(request.url))

    def _sent(self, request: httpx.Request, body: bytes | None, shown_url: str) -> Answer:
        started = time.time()
        clock = time.monotonic()
        sent = f"{request.method} {masked(shown_url)}"
        step(f"sends {request.method} {_kind(shown_url, self.base_url)}")
        answer, failure = self._exchange(request, clock, sent)
        ledger = self.ledger()
        ledger.add(
            Exchange(
                side="consumer",
                started_ms=ledger.at(started),
                duration_ms=(time.monotonic() - clock) * 1000,
                method=request.method,
                url=masked(shown_url),
                status=answer.status if answer else None,
                request_headers=masked_headers(dict(request.headers)),
                request_body=shortened(body or b""),
                response_headers=masked_headers(answer.headers) if answer else {},
                response_body=shortened(answer.body) if answer else "",
                note=failure,
            )
        )
        if answer is None:
            raise NoAnswer(f"no answer to {sent}: {failure}", expected="an HTTP answer", actual=failure)
        self.ledger().deliver(answer)
        return answer

    def _headers(self, body: bytes | None, extra: Mapping[str, str]) -> dict[str, str]:
        headers = {"Accept": FHIR_JSON, **self.standing}
        if body is not None:
            headers["Content-Type"] = FHIR_JSON
        token = self.token()
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return {**headers, **extra}

    def _exchange(self, request: httpx.Request, clock: float, sent: str) -> tuple[Answer | None, str]:
        """Return the answer, or None and what went wrong."""
        try:
            response = self.http.send(request, stream=True)
            try:
                content = self._body(response, clock + self.deadline_s)
            finally:
                response.close()
        except httpx.TimeoutException:
            return None, f"timed out after {time.monotonic() - clock:.1f} s"
        except httpx.RequestError as error:  # also an answer whose content encoding is broken
            return None, f"{type(error).__name__}: {error}"
        return (
            Answer(
                sent=sent,
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=content,
                duration_s=time.monotonic() - clock,
            ),
            "",
        )

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        chunks, size = [], 0
        for chunk in response.iter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("the answer dripped past its deadline")
            if size > MAX_BODY:
                raise httpx.ReadError(f"the answer is larger than {MAX_BODY} bytes")
        return b"".join(chunks)


def _kind(url: str, base_url: str) -> str:
    """Return the type of resource that `url` is about, or that it is about none."""
    name = re.match(r"[A-Za-z]*", url.removeprefix(f"{base_url}/"))
    return name[0] if name and name[0][:1].isupper() else "something else"


def _flat(params: Params | None) -> httpx.QueryParams | None:
    if params is None:
        return None
    items = params.items() if isinstance(params, Mapping) else params
    return httpx.QueryParams(
        [(name, str(item)) for name, value in items for item in (value if isinstance(value, list) else [value])]
    )


def http_client(deadline_s: float = DEADLINE_S, tls: ssl.SSLContext | None = None) -> httpx.Client:
    """Return the connection pool consumers share: no proxies, no redirects, no retries.

    And no cookies: what the gateway gives one app must not come back with another one's request. `tls` is for apps that
    show a client certificate.
    """
    # A pooled connection is dropped long before a server would close it, or its closing would look like a failure.
    limits = httpx.Limits(max_connections=300, max_keepalive_connections=50, keepalive_expiry=1.0)
    return httpx.Client(
        verify=tls or tls_context(),
        timeout=httpx.Timeout(deadline_s),
        limits=limits,
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )
