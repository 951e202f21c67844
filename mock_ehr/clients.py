"""Registered clients: how they prove who they are, what their tokens say and what they may call."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from mock_ehr.scopes import Grants, parse_scope

CREDENTIALS = ("jwks", "jwks_uri", "client_secret", "public")
REFRESH_MODES = ("fixed", "rolling", "indefinite")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
EXAMPLE = 'a client is {"jwks": {"keys": [...]}, "scopes": ["system/*.*"]}'


class RegistrationError(ValueError):
    """A client registration that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What a user would decide on the page of the authorization endpoint, decided beforehand by a test.

    `user` is a reference, "" for the patient at the portal. An empty `patient` is the first of the population.
    """

    user: str = ""
    patient: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """One client.

    `scopes` is what its tokens say, `apis` what is checked on each call (equal unless registered apart). It proves
    itself by a signature (`keys`, or those at `jwks_uri`), by a secret, or not at all when both are missing.
    """

    client_id: str
    keys: KeySet | None
    scopes: tuple[str, ...]
    apis: Grants
    jku: str = ""  # the registered key-set address; an assertion that names another one is refused
    background_user: bool = True  # without one Epic refuses tokens as unauthorized_client
    jwks_uri: str = ""
    secret_digest: str = ""  # SHA-256 in hex, as the vendor keeps it
    redirect_uris: tuple[str, ...] = ()
    refresh: str = "fixed"  # what using a refresh token gives: nothing, a new one till the same end, or a longer one
    approval: Approval | None = None
    propagation_s: float | None = None  # how long until the registration is in force; None: the site's usual time

    @property
    def is_public(self) -> bool:
        """Return whether the client has nothing to prove itself with."""
        return self.keys is None and not self.jwks_uri and not self.secret_digest

    def has_secret(self, secret: str) -> bool:
        """Return whether `secret` is the client's."""
        digest = hashlib.sha256(secret.encode()).hexdigest()
        return bool(self.secret_digest) and hmac.compare_digest(digest, self.secret_digest)


class Clients(MutableMapping[str, Client]):
    """The registrations by client id. As a mapping it holds the newest; `in_force` is what the EHR goes by."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._newest: dict[str, Client] = {}
        self._waiting: dict[str, tuple[float, Client | None]] = {}  # id -> (in force from, what is in force until then)
        self.propagation_s = 0.0

    def __setitem__(self, client_id: str, client: Client) -> None:
        before = self.in_force(client_id)
        delay = self.propagation_s if client.propagation_s is None else client.propagation_s
        if delay > 0:
            self._waiting[client_id] = (self._now() + delay, before)
        else:
            self._waiting.pop(client_id, None)
        self._newest[client_id] = client

    def __getitem__(self, client_id: str) -> Client:
        return self._newest[client_id]

    def __delitem__(self, client_id: str) -> None:
        del self._newest[client_id]
        self._waiting.pop(client_id, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._newest)

    def __len__(self) -> int:
        return len(self._newest)

    def in_force(self, client_id: str) -> Client | None:
        """Return the registration that counts now: not one that has yet to spread through the EHR."""
        if client_id in self._waiting:
            since, before = self._waiting[client_id]
            if self._now() < since:
                return before
            del self._waiting[client_id]
        return self._newest.get(client_id)


def parse_client(client_id: str, raw: object) -> Client:
    """Return the client that the JSON object `raw` describes. Raises RegistrationError."""
    if not isinstance(raw, Mapping):
        raise RegistrationError(EXAMPLE)
    unknown = [name for name in raw if name not in FIELDS]
    if unknown:
        raise RegistrationError(f"unknown field {unknown[0]!r}; valid: {', '.join(FIELDS)}")
    given = [name for name in CREDENTIALS if raw.get(name)]
    if len(given) != 1:
        raise RegistrationError(f"{EXAMPLE}; give one of {', '.join(CREDENTIALS)}, not {' and '.join(given) or 'none'}")
    scopes = texts(raw, "scopes", ["system/*.*"])
    try:
        apis: Grants = frozenset().union(*map(parse_scope, texts(raw, "apis", list(scopes))))
    except ValueError as error:
        raise RegistrationError(str(error)) from error
    uri = text(raw, "jwks_uri")
    return Client(
        client_id=client_id,
        keys=parse_keys(raw["jwks"]) if given == ["jwks"] else None,
        scopes=scopes,
        apis=apis,
        jku=text(raw, "jku") or uri,
        background_user=flag(raw, "background_user", default=True),
        jwks_uri=check_loopback(uri) if uri else "",
        secret_digest=hashlib.sha256(text(raw, "client_secret").encode()).hexdigest()
        if "client_secret" in given
        else "",
        redirect_uris=parse_redirects(raw),
        refresh=one_of(raw, "refresh", REFRESH_MODES),
        approval=parse_approval(raw.get("auto_approve")),
        propagation_s=parse_seconds(raw, "propagation_s"),
    )


FIELDS = (
    *CREDENTIALS,
    "scopes",
    "apis",
    "jku",
    "background_user",
    "redirect_uris",
    "refresh",
    "auto_approve",
    "propagation_s",
)


def texts(raw: Mapping[str, Any], name: str, default: list[str]) -> tuple[str, ...]:
    """Return the list of texts `raw[name]`. Raises RegistrationError."""
    value = raw.get(name, default)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise RegistrationError(f"{name} is {value!r}; it is a list of texts that is not empty")
    return tuple(value)


def text(raw: Mapping[str, Any], name: str) -> str:
    """Return the text `raw[name]`, "" when absent. Raises RegistrationError."""
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise RegistrationError(f"{name} is {value!r}; it is a text")
    return value


def flag(raw: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Return the boolean `raw[name]`. Raises RegistrationError."""
    value = raw.get(name, default)
    if not isinstance(value, bool):
        raise RegistrationError(f"{name} is {value!r}; it is true or false")
    return value


def one_of(raw: Mapping[str, Any], name: str, valid: tuple[str, ...]) -> str:
    """Return `raw[name]`, which is one of `valid`, the first when absent. Raises RegistrationError."""
    value = raw.get(name, valid[0])
    if value not in valid:
        raise RegistrationError(f"{name} is {value!r}; valid: {', '.join(valid)}")
    return str(value)


def parse_seconds(raw: Mapping[str, Any], name: str) -> float | None:
    """Return the seconds `raw[name]`, None when absent. Raises RegistrationError."""
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise RegistrationError(f"{name} is {value!r}; it is a number of seconds, 0 or more")
    return float(value)


def parse_redirects(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the redirect addresses: absolute and without a fragment (RFC 6749 section 3.1.2)."""
    if "redirect_uris" not in raw:
        return ()
    uris = texts(raw, "redirect_uris", [])
    for uri in uris:
        parts = urlsplit(uri)
        if not parts.scheme or "#" in uri:
            raise RegistrationError(f"redirect_uris holds {uri!r}; it is absolute and has no fragment")
    return uris


def parse_approval(raw: object) -> Approval | None:
    """Return the decision that is made beforehand: `true`, or {"user": reference, "patient": id}."""
    if raw is None or raw is False:
        return None
    if raw is True:
        return Approval()
    if not isinstance(raw, Mapping) or any(name not in ("user", "patient") for name in raw):
        raise RegistrationError(
            f'auto_approve is {raw!r}; it is true, or {{"user": "Practitioner/id", "patient": "id"}} (each optional)'
        )
    return Approval(text(raw, "user"), text(raw, "patient"))


def check_loopback(uri: str) -> str:
    """Return `uri` when it is a plain http address on this machine. Raises RegistrationError."""
    parts = urlsplit(uri)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise RegistrationError(f"jwks_uri is {uri!r}; only http addresses on {', '.join(LOOPBACK)} are fetched")
    return uri


def parse_keys(jwks: object) -> KeySet:
    """Return the key set. Raises RegistrationError, also for private or symmetric keys."""
    listed = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(listed, list) or not listed:
        raise RegistrationError("jwks has no keys; register at least one public key")
    for key in listed:
        if not isinstance(key, Mapping) or key.get("kty") not in ("RSA", "EC"):
            raise RegistrationError("jwks holds a key that is neither RSA nor EC")
        if "d" in key:
            raise RegistrationError("jwks holds a private key; register the public half only")
    try:
        return KeySet.import_key_set({"keys": [dict(key) for key in listed]})
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise RegistrationError(f"jwks cannot be read: {error}") from error
