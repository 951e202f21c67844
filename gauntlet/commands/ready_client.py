"""A client that is registered at a served mock EHR: its private key in a file, its token, a curl that works."""

from __future__ import annotations

import os
import shlex
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from gauntlet.control import Control
from gauntlet.errors import HarnessError, UsageError
from gauntlet.upstream_key import ALGORITHM
from mock_ehr.doors import PRIVATE_KEY_JWT, Call, Door

CLIENT_ID = "demo-client"
OWN_PASSWORD = "demo-password"  # noqa: S105 - of a double that serves made-up patients on loopback
_ASSERTION_LIFE_S = 240  # Epic refuses more than five minutes


@dataclass(frozen=True, slots=True)
class Key:
    """A private signing key and the file that it is in."""

    path: Path
    jwk: RSAKey | ECKey

    @property
    def public(self) -> dict[str, Any]:
        """The public key set, as a client registers it."""
        return {"keys": [self.jwk.as_dict(private=False)]}


def key_at(path: Path) -> Key:
    """Return the private JWK in `path`; writes a new one (mode 600) when there is no such file.

    Raises UsageError for a file that holds no private key with kid and alg, or cannot be written.
    """
    try:
        if not path.exists():
            made = RSAKey.generate_key(2048, {"kid": f"{CLIENT_ID}-1", "alg": ALGORITHM, "use": "sig"}, private=True)
            write_private(path, orjson.dumps(made.as_dict(private=True)))
        key = import_key(orjson.loads(path.read_bytes()))
    except OSError as error:
        raise UsageError(
            f"--key: {path}: {error.strerror}", hint="name a file in a folder that you may write"
        ) from None
    except (ValueError, KeyError, TypeError, JoseError) as error:
        raise UsageError(f"--key: {path} holds no JSON Web Key: {error}", hint=_KEY_HINT) from None
    if not isinstance(key, RSAKey | ECKey) or not key.is_private or not key.kid or not key.alg:
        raise UsageError(f"--key: {path} holds no private RSA or EC key with kid and alg", hint=_KEY_HINT)
    return Key(path, key)


_LOCKED_OUT = "a --quirk that changes how clients log in leaves no ready client; leave it out"
_KEY_HINT = "give a private JWK with kid and alg, or the name of a file that does not exist: a key is written there"


def write_private(path: Path, content: bytes) -> None:
    """Write `content` so that nobody else can read it (mode 600). Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


class ReadyClient:
    """One door of a mock EHR with a client registered for it."""

    def __init__(self, door: Door, client_id: str, key: Key, folder: Path) -> None:
        self.door = door
        self.client_id = client_id
        self._key = key
        self._secret_file = folder / (f"{client_id}.header" if self.by_key else f"{client_id}.body")
        self.token = ""

    @property
    def by_key(self) -> bool:
        """Whether the client proves itself with a signed assertion."""
        return self.door.way_in == PRIVATE_KEY_JWT

    def enter(self, control: Control) -> None:
        """Register the client and log in. Raises HarnessError when the EHR refuses."""
        keys: Mapping[str, Any] = {"jwks": self._key.public} if self.by_key else {}
        registration = Call("PUT", "", (), orjson.dumps(dict(self.door.registration)).decode())
        filled = orjson.loads(self._filled(registration, "").body)
        control.call("PUT", f"/clients/{self.client_id}", {**filled, **keys})
        self.log_in()

    def log_in(self) -> None:
        """Get a new token, also into the file that the curl reads (mode 600). Raises HarnessError without one."""
        with httpx.Client(timeout=10.0, trust_env=False, verify=False) as http:  # noqa: S501 - loopback, no TLS
            self.token = self._by_assertion(http) if self.by_key else self._by_password(http)
        body = self._filled(self.door.sample, self.token).body
        secret = f"Authorization: Bearer {self.token}\n" if self.by_key else body
        write_private(self._secret_file, secret.encode())

    def _by_assertion(self, http: httpx.Client) -> str:
        now, key = int(time.time()), self._key.jwk
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.door.token_url, "jti": uuid.uuid4().hex}
        claims_with_times = {**claims, "iat": now, "exp": now + _ASSERTION_LIFE_S}
        algorithm = str(key.alg)
        assertion = jwt.encode({"alg": algorithm, "kid": key.kid}, claims_with_times, key, algorithms=[algorithm])
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "scope": " ".join(self.door.registration.get("scopes", ())),
        }
        return str(_answered(http.post(self.door.token_url, data=form)).json()["access_token"])

    def _by_password(self, http: httpx.Client) -> str:
        token = ""
        for number, call in enumerate(self.door.log_in):
            sent = self._filled(call, token)
            response = _answered(http.request(sent.method, sent.url, headers=list(sent.headers), content=sent.body))
            token = token if number else response.text.strip().strip('"')
        if not token or " " in token:  # Unity tells what went wrong in place of a token, with status 200
            raise HarnessError(f"the mock EHR gives its own client no token: {token[:300]!r}", hint=_LOCKED_OUT)
        return token

    def _filled(self, call: Call, token: str) -> Call:
        return call.filled(client=self.client_id, token=token, password=OWN_PASSWORD, user_password=OWN_PASSWORD)

    def curl(self) -> str:
        """Return a command that works as long as the EHR is served, for any POSIX shell."""
        sample = self.door.sample
        if not self.by_key:
            return shlex.join(replace(sample, body=f"@{self._secret_file}").curl())
        others = tuple(pair for pair in sample.headers if pair[0].lower() != "authorization")
        words = replace(sample, headers=others).curl()
        return shlex.join([*words[:-1], "-H", f"@{self._secret_file}", words[-1]])

    def introduction(self) -> list[tuple[str, str]]:
        """Return what a person needs to know, as label and text."""
        door = self.door
        lines = [(door.name, door.address)]
        if self.by_key:
            lines += [("token URL", door.token_url), ("client id", self.client_id)]
            lines += [("private key", f"{self._key.path} ({self._key.jwk.alg}, kid {self._key.jwk.kid})")]
        else:
            lines += [("user", f"{self.client_id}, password {OWN_PASSWORD}"), ("token", self.token)]
        return [*lines, ("try", self.curl())]


def _answered(response: httpx.Response) -> httpx.Response:
    if not response.is_success:
        raise HarnessError(
            f"the mock EHR gives its own client no token: {response.status_code} {response.text[:300]}",
            hint=_LOCKED_OUT,
        )
    return response
