"""Registered backend clients: their keys, what their tokens say and what they may call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from mock_ehr.scopes import Grants, parse_scope

FIELDS = ("jwks", "scopes", "apis", "jku", "background_user")


class RegistrationError(ValueError):
    """A client registration that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Client:
    """One client.

    `scopes` is what its tokens say, `apis` what is checked on each call (equal unless registered apart).
    """

    client_id: str
    keys: KeySet
    scopes: tuple[str, ...]
    apis: Grants
    jku: str = ""  # the registered key-set address; an assertion that names another one is refused
    background_user: bool = True  # without one Epic refuses tokens as unauthorized_client


def parse_client(client_id: str, raw: object) -> Client:
    """Return the client that the JSON object `raw` describes. Raises RegistrationError."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("jwks"), Mapping):
        raise RegistrationError('a client is {"jwks": {"keys": [...]}, "scopes": ["system/*.*"]}')
    unknown = [name for name in raw if name not in FIELDS]
    if unknown:
        raise RegistrationError(f"unknown field {unknown[0]!r}; valid: {', '.join(FIELDS)}")
    scopes = texts(raw, "scopes", ["system/*.*"])
    try:
        apis: Grants = frozenset().union(*map(parse_scope, texts(raw, "apis", list(scopes))))
    except ValueError as error:
        raise RegistrationError(str(error)) from error
    return Client(
        client_id=client_id,
        keys=parse_keys(raw["jwks"]),
        scopes=scopes,
        apis=apis,
        jku=str(raw.get("jku", "")),
        background_user=bool(raw.get("background_user", True)),
    )


def texts(raw: Mapping[str, Any], name: str, default: list[str]) -> tuple[str, ...]:
    """Return the list of texts `raw[name]`. Raises RegistrationError."""
    value = raw.get(name, default)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise RegistrationError(f"{name} is {value!r}; it is a list of texts that is not empty")
    return tuple(value)


def parse_keys(jwks: Mapping[str, Any]) -> KeySet:
    """Return the key set. Raises RegistrationError, also for private or symmetric keys."""
    listed = jwks.get("keys")
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
