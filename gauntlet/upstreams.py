"""The EHR behind the gateway, by vendor: how the gateway gets in there, and what its target file may ask about it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from gauntlet.control import Control
from gauntlet.errors import TargetError
from gauntlet.launch import write_private
from gauntlet.target import Target
from gauntlet.target_ehr import Ehr
from gauntlet.upstream_key import read_jwks, write_key
from synthetic.patient import MRN_SYSTEM

KEY_FILE = "ehr-client-key.json"
PASSWORD_FILE, USER_PASSWORD_FILE = "ehr-password", "ehr-user-password"
Entry = Mapping[str, Any]  # of the EHR's journal
_LOGGED_OUT = "logged out because of inactivity"  # Unity's words, under status 200
SECRET_FILES = (KEY_FILE, PASSWORD_FILE, USER_PASSWORD_FILE)  # live as long as the lab


class Upstream(Protocol):
    """What the lab has to know of a vendor."""

    probe_path: str  # answered by the EHR whatever it holds: for measuring the network

    def register(self, control: Control) -> None:
        """Let the gateway in at the mock EHR."""

    def values(self, address: str) -> dict[str, str]:
        """Return the placeholders of the target file; `address` is the EHR's as the gateway must see it."""

    def renewals(self, entries: Iterable[Entry]) -> int:
        """Return how often a token was asked for, in the token calls of the EHR's journal."""

    def met_dead_token(self, entry: Entry) -> bool:
        """Return whether the EHR refused this request of its journal because of a token that no longer lives."""


class EpicUpstream:
    """Epic: a client with a key set, SMART Backend Services."""

    probe_path = "/FHIR/api/FHIR/R4/metadata"

    def __init__(self, ehr: Ehr, folder: Path, run_dir: Path) -> None:
        self._ehr = ehr
        self._key_file = run_dir / KEY_FILE
        self._jwks: dict[str, Any] = read_jwks(folder / ehr.jwks) if ehr.jwks else write_key(self._key_file)

    def register(self, control: Control) -> None:
        """Register the gateway's public keys."""
        control.call("PUT", f"/clients/{self._ehr.client_id}", {"jwks": self._jwks, "scopes": ["system/*.*"]})

    def values(self, address: str) -> dict[str, str]:
        """Return FHIR base, token endpoint, client id and the file with the private key."""
        return {
            **_place(address, "/FHIR/api/FHIR/R4"),
            "ehr.token_url": f"{address}/FHIR/oauth2/token",
            "ehr.client_id": self._ehr.client_id,
            "ehr.key_file": str(self._key_file.resolve()),
        }

    def renewals(self, entries: Iterable[Entry]) -> int:
        """Return the number of calls: each asks for a token."""
        return len(list(entries))

    def met_dead_token(self, entry: Entry) -> bool:
        """Return whether the answer was 401."""
        return bool(entry["status"] == 401)


class UnityUpstream:
    """Allscripts Unity: a service account licensed action by action, and the EHR user that it acts for."""

    probe_path = "/Unity/UnityService.svc/json/GetToken"

    def __init__(self, ehr: Ehr, folder: Path, run_dir: Path) -> None:
        self._ehr = ehr
        self._password_file = _password_file(ehr.password_file, folder, run_dir / PASSWORD_FILE)
        self._user_password_file = _password_file(ehr.user_password_file, folder, run_dir / USER_PASSWORD_FILE)

    def register(self, control: Control, **changes: Any) -> None:
        """Register the service account with its EHR user and licensed actions; `changes` are further fields of it."""
        account: dict[str, Any] = {
            "password": _password(self._password_file),
            "actions": list(self._ehr.actions),
            "appnames": [self._ehr.app_name],
            "users": {self._ehr.user: {"password": _password(self._user_password_file)}},
        }
        control.call("PUT", f"/clients/{self._ehr.username}", account | changes)

    def values(self, address: str) -> dict[str, str]:
        """Return the Unity service, the names, and the files with the passwords."""
        return {
            **_place(address, "/Unity/UnityService.svc/json"),
            "ehr.username": self._ehr.username,
            "ehr.password_file": str(self._password_file.resolve()),
            "ehr.user": self._ehr.user,
            "ehr.user_password_file": str(self._user_password_file.resolve()),
            "ehr.app_name": self._ehr.app_name,
            "ehr.mrn_system": MRN_SYSTEM,
        }

    def renewals(self, entries: Iterable[Entry]) -> int:
        """Return the number of GetToken calls: to name the EHR user afterwards asks for no other session."""
        return sum(entry["path"].lower().endswith("/gettoken") for entry in entries)

    def met_dead_token(self, entry: Entry) -> bool:
        """Return whether the answer, whose status says nothing, is that the session was logged out."""
        return _LOGGED_OUT in (entry["response_body"] or "")


def _place(address: str, path: str) -> dict[str, str]:
    """Return the EHR's base, whole and in the parts that the configuration of proxies wants one by one."""
    parts = urlsplit(address)
    return {
        "ehr.base_url": address + path,
        "ehr.origin": address,
        "ehr.host": parts.hostname or "",
        "ehr.port": str(parts.port or {"http": 80, "https": 443}[parts.scheme]),
        "ehr.path": path,
    }


_VENDORS: Mapping[str, Callable[[Ehr, Path, Path], Upstream]] = {"epic": EpicUpstream, "allscripts": UnityUpstream}


def upstream_of(target: Target, run_dir: Path) -> Upstream:
    """Return the upstream of a target; its secrets are read, or made below `run_dir`. Raises TargetError."""
    ehr = target.file.ehr[0]
    return _VENDORS[ehr.vendor](ehr, target.path.parent, run_dir)


def _password_file(given: str | None, folder: Path, own: Path) -> Path:
    """Return the file with a password: the one of a gateway that already runs, else a new one."""
    if given:
        return folder / given
    write_private(own, secrets.token_urlsafe(18))
    return own


def _password(path: Path) -> str:
    try:
        password = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"the password file {path} cannot be read: {error}", hint="see [[ehr]]") from None
    if not password:
        raise TargetError(f"the password file {path} is empty", hint="it holds the password that the gateway uses")
    return password
