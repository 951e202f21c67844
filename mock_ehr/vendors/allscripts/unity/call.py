"""What a client sends to Unity: the body of a MagicJson call, and the credentials that no journal may keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from mock_ehr.journal import HIDDEN

KEYS = (
    "Action",
    "AppUserID",
    "Appname",
    "PatientID",
    "Token",
    "Parameter1",
    "Parameter2",
    "Parameter3",
    "Parameter4",
    "Parameter5",
    "Parameter6",
    "Data",
)
PASSWORD_ACTIONS = ("getuserauthentication", "gettokenvalidation")


class MalformedCallError(ValueError):
    """A body that is no call. `json` tells whether it is JSON at all."""

    def __init__(self, reason: str, *, json: bool = True) -> None:
        super().__init__(reason)
        self.json = json


@dataclass(frozen=True, slots=True)
class MagicCall:
    """One MagicJson call. `parameters` are Parameter1 to Parameter6."""

    action: str
    user: str
    appname: str
    patient: str
    token: str
    parameters: tuple[str, ...]
    data: str

    @property
    def name(self) -> str:
        """Return the action in lower case, which is how actions are told apart."""
        return self.action.strip().lower()

    def parameter(self, number: int) -> str:
        """Return Parameter1 to Parameter6 without blanks around it."""
        return self.parameters[number - 1].strip()


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body. Raises MalformedCallError."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedCallError(f"the body is not JSON: {error}", json=False) from error
    if not isinstance(parsed, dict):
        raise MalformedCallError("the body is no JSON object")
    return parsed


def read_call(body: bytes, *, missing_keys_fail: bool) -> MagicCall:
    """Return the call in a body. null is blank, numbers count as text. Raises MalformedCallError."""
    raw = read_object(body)
    missing = [key for key in KEYS if key not in raw]
    if missing and (missing_keys_fail or "Action" in missing):
        raise MalformedCallError(f"the keys {', '.join(missing)} are missing")
    values = {key: as_text(key, raw.get(key)) for key in KEYS}
    return MagicCall(
        action=values["Action"],
        user=values["AppUserID"].strip(),
        appname=values["Appname"],
        patient=values["PatientID"].strip(),
        token=values["Token"].strip(),
        parameters=tuple(values[f"Parameter{number}"] for number in range(1, 7)),
        data=values["Data"],
    )


def as_text(key: str, value: object) -> str:
    """Return a value of a call as text. Raises MalformedCallError for an array or an object other than `{}`."""
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise MalformedCallError(f"{key} is no text")


def without_secrets(body: bytes) -> bytes:
    """Return a body as a journal may keep it: no password, no token."""
    try:
        raw = read_object(body)
    except MalformedCallError:
        return b"(unreadable call)"
    shown = {key: HIDDEN if key.lower() in ("password", "token") and value else value for key, value in raw.items()}
    if str(shown.get("Action", "")).strip().lower() in PASSWORD_ACTIONS and shown.get("Parameter1"):
        shown["Parameter1"] = HIDDEN
    return orjson.dumps(shown)
