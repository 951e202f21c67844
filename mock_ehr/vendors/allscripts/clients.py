"""Who may come in: service accounts of Unity with their EHR users, and FHIR clients with an RSA key set.

Service accounts are licensed action by action; EHR users have passwords of their own (U1 U4 U6 U8). FHIR clients prove
themselves with RSA keys of 2048 bits or more, out of a key set that is read at night (V1 V3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import KeySet, RSAKey

from mock_ehr.behaviours import closest
from mock_ehr.clients import RegistrationError, parse_keys

UNITY_FIELDS = ("password", "actions", "users", "appnames", "expired", "launch_tokens")
FHIR_FIELDS = ("jwks", "scopes", "jku", "pulled")
USER_FIELDS = ("password", "expired")
EVERYTHING = "*"
LEAST_BITS = 2048


@dataclass(frozen=True, slots=True)
class EhrUser:
    """Someone who works with the EHR. `expired`: the password ran out (after about 90 days, U8)."""

    password: str
    expired: bool = False


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A Unity service user. `actions` are licensed, in lower case; `appnames` empty: any application name."""

    username: str
    password: str
    actions: frozenset[str] = frozenset({EVERYTHING})
    users: Mapping[str, EhrUser] = field(default_factory=dict)
    appnames: frozenset[str] = frozenset()
    expired: bool = False
    launch_tokens: Mapping[str, str] = field(default_factory=dict)  # token of a launch -> EHR user

    def licensed(self, action: str) -> bool:
        """Return whether the account may call the action (lower case)."""
        return EVERYTHING in self.actions or action in self.actions

    def serves(self, appname: str) -> bool:
        """Return whether the application may use the account."""
        return not self.appnames or appname in self.appnames


@dataclass(slots=True)
class FhirClient:
    """A system client. `published` is the key set at its address, `pulled` what the vendor knows of it since when."""

    client_id: str
    published: KeySet
    scopes: tuple[str, ...]
    jku: str
    pulled: KeySet
    pulled_at: float


def parse_account(username: str, raw: Mapping[str, Any], known_actions: frozenset[str]) -> ServiceAccount:
    """Return the service account that the JSON object `raw` describes. Raises RegistrationError."""
    password = raw["password"]
    if not isinstance(password, str) or not password:
        raise RegistrationError("password is the service user's password, a text that is not empty")
    actions = frozenset(action.lower() for action in texts(raw, "actions", [EVERYTHING]))
    for action in actions - known_actions - {EVERYTHING}:
        raise RegistrationError(f"no Unity action {action!r}{closest(action, tuple(sorted(known_actions)))}")
    return ServiceAccount(
        username=username,
        password=password,
        actions=actions,
        users=parse_users(raw.get("users", {})),
        appnames=frozenset(texts(raw, "appnames", [])),
        expired=bool(raw.get("expired", False)),
        launch_tokens=parse_launches(raw.get("launch_tokens", {})),
    )


def parse_users(raw: object) -> dict[str, EhrUser]:
    """Return the EHR users by name. Raises RegistrationError."""
    if not isinstance(raw, Mapping):
        raise RegistrationError('users is {"jdoe": {"password": "..."}}')
    users = {}
    for name, about in raw.items():
        if not isinstance(about, Mapping) or not isinstance(about.get("password"), str):
            raise RegistrationError(f'user {name!r}: give {{"password": "..."}}')
        refuse_unknown(about, USER_FIELDS)
        users[str(name).lower()] = EhrUser(about["password"], bool(about.get("expired", False)))
    return users


def parse_launches(raw: object) -> dict[str, str]:
    """Return the launch tokens. Raises RegistrationError."""
    if not isinstance(raw, Mapping) or not all(isinstance(name, str) for name in raw.values()):
        raise RegistrationError('launch_tokens is {"token of a launch": "user name"}')
    return dict(raw)


def parse_fhir_client(client_id: str, raw: Mapping[str, Any], now: float, known: FhirClient | None) -> FhirClient:
    """Return the FHIR client that `raw` describes; a changed key set is only published, not yet pulled.

    `"pulled": true` lets it count at once. Raises RegistrationError.
    """
    keys = rsa_only(parse_keys(raw["jwks"]))
    early = known is None or bool(raw.get("pulled", False))
    return FhirClient(
        client_id=client_id,
        published=keys,
        scopes=tuple(texts(raw, "scopes", ["system/*.read"])),
        jku=str(raw.get("jku", "")),
        pulled=keys if known is None or early else known.pulled,
        pulled_at=now if known is None or early else known.pulled_at,
    )


def rsa_only(keys: KeySet) -> KeySet:
    """Return the RSA keys of 2048 bits or more. Raises RegistrationError when there is none."""
    usable = [key for key in keys.keys if isinstance(key, RSAKey) and key.public_key.key_size >= LEAST_BITS]
    if not usable:
        raise RegistrationError(f"jwks has no RSA key of at least {LEAST_BITS} bits, and Veradigm takes no other")
    return KeySet([*usable])


def texts(raw: Mapping[str, Any], name: str, default: list[str]) -> list[str]:
    """Return the list of texts `raw[name]`. Raises RegistrationError."""
    value = raw.get(name, default)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RegistrationError(f"{name} is {value!r}; it is a list of texts")
    return value


def refuse_unknown(raw: Mapping[str, Any], fields: tuple[str, ...]) -> None:
    """Raise RegistrationError for a field that does not exist."""
    for name in raw:
        if name not in fields:
            raise RegistrationError(f"unknown field {name!r}{closest(name, fields)}; valid: {', '.join(fields)}")
