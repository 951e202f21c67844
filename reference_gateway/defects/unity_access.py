"""Defects in the session at Unity (UPA-08) and with what opens it (UPA-09)."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from reference_gateway.defects.defect import Defect, swap
from reference_gateway.ehr_request import EhrReply
from reference_gateway.ehr_tokens import EhrToken, TokenEndpointFailure
from reference_gateway.json_text import Json
from reference_gateway.unity_answers import Row, UnityAnswers
from reference_gateway.unity_patients import UnityPatients
from reference_gateway.unity_sessions import UnityLogin, UnitySessions

_GUID_SOMEWHERE = re.compile(r"[0-9a-f-]{36}")


class TrustsTheStatus(UnityAnswers):
    """Believes that 200 is success; what is not rows is no rows."""

    def judged(self, reply: EhrReply, action: str) -> EhrReply:  # noqa: ARG002 - the honest signature
        """Return the answer as it came."""
        return reply

    def rows(self, reply: EhrReply, action: str) -> list[Row]:
        """Return the rows, none when there are none."""
        try:
            return super().rows(reply, action)
        except Exception:  # noqa: BLE001 - this is the defect
            return []


class LostIsAnOutage(UnityAnswers):
    """Knows that a session is lost and does not renew it."""

    def status_of(self, text: str) -> int:  # noqa: ARG002 - the honest signature
        """Return a server's error for every error."""
        return 502


class LogsInTwice(UnityLogin):
    """Logs in once to see whether it works, and once more to work."""

    async def token(self) -> str:
        """Return a second token."""
        await super().token()
        return await super().token()


class RenewsEveryTime(UnitySessions):
    """Opens a session for every call."""

    def held(self) -> str | None:
        """Return the session once."""
        held, self._current = super().held(), None
        return held

    def dated(self, value: str, started: float, lifetime_s: float) -> EhrToken:
        """Return the session with its moments."""
        return super().dated(value, started, lifetime_s)


class TakesErrorsForTokens(UnityLogin):
    """Uses whatever GetToken answers as a token, and asks no user."""

    async def token(self) -> str:
        """Return the body of the answer."""
        unity = self._unity
        body = {"Username": unity.username, "Password": unity.password, "Appname": unity.app_name}
        return (await self.post("GetToken", body)).decode()[:200]

    async def authenticate(self, token: str) -> None:
        """Ask for the user only with what looks like a token."""
        if _GUID_SOMEWHERE.search(token):
            await super().authenticate(token)


class LogsLogins(UnityLogin):
    """Writes down what it logs in with."""

    async def post(self, operation: str, body: dict[str, Any]) -> bytes:
        """Return the body of an answer. Raises TokenEndpointFailure."""
        _show(operation, body)
        return await super().post(operation, body)


class LogsRefusedLogins(UnityLogin):
    """Writes down what it was refused with, so that somebody can try it by hand."""

    async def token(self) -> str:
        """Return the token of GetToken. Raises TokenEndpointFailure."""
        try:
            return await super().token()
        except TokenEndpointFailure:
            _show("GetToken", {"Username": self._unity.username, "Password": self._unity.password})
            raise


def _show(operation: str, body: dict[str, Any]) -> None:
    sys.stderr.write(f'{{"event":"login","operation":"{operation}","body":{json.dumps(body)}}}\n')
    sys.stderr.flush()


class BlankRowsArePatients(UnityPatients):
    """Makes a patient of every row."""

    def resource(self, row: Row, patient_id: str) -> Json | None:
        """Return a patient, whoever it is."""
        named = {**row, "LastName": row["LastName"].strip(" ") or "Unknown", "mrn": row["mrn"].strip(" ") or "0"}
        return super().resource(named, patient_id)


def _defect(name: str, summary: str, requirement: str = "UPA-08", **part: Any) -> Defect:
    return swap(name, requirement, summary, target="unity", **part)


DEFECTS = (
    _defect("trusts-the-status", "takes errors under HTTP 200 for empty answers", unity_answers=TrustsTheStatus),
    _defect("lost-session-is-an-outage", "does not renew a lost session", unity_answers=LostIsAnOutage),
    _defect("logs-in-twice", "takes two sessions for one renewal", unity_login=LogsInTwice),
    _defect("session-per-call", "opens a session for every call", unity_sessions=RenewsEveryTime),
    _defect("blank-rows-are-patients", "makes a patient of a row of blanks", unity_patients=BlankRowsArePatients),
    _defect("takes-errors-for-tokens", "uses an error text as a token", unity_login=TakesErrorsForTokens),
    _defect("logs-logins", "logs the passwords it logs in with", "UPA-09", unity_login=LogsLogins),
    _defect("logs-refused-logins", "logs the password that was refused", "UPA-09", unity_login=LogsRefusedLogins),
)
