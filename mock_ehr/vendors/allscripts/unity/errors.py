"""Unity's ways of saying no, nearly all with status 200.

Codes and shapes are the fact sheet's; texts are ours but for what clients look for (`error:`, `Magic Error`, the .NET
and the SQL message).
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from mock_ehr.message import Answer, Pairs
from mock_ehr.vendors.allscripts.pages import page
from synthetic.writers.unity_quirks import Row

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
NULL_REFERENCE = "Object reference not set to an instance of an object."
NOT_NUMERIC = "Error converting data type varchar to numeric."
IDLE = "As a security precaution you were logged out because of inactivity."


class UnityError(Exception):
    """A call that is answered by `[{"Error": text}]`."""


class CriticalError(Exception):
    """A Save that is refused by a row whose STATUS says Critical."""


def error(text: str, note: str = "") -> Answer:
    """Return the general failure: `[{"Error": text}]` with status 200."""
    return Answer(200, orjson.dumps([{"Error": text}]), JSON, note=note or text, empty=True)


def magic_error(action: str, text: str, note: str = "") -> Answer:
    """Return the failure of an action."""
    return error(f"Magic Error - Action: {action} - {text}", note)


def token_error(text: str, note: str) -> Answer:
    """Return the failure of GetToken: a text that begins `error:`, status 200."""
    return Answer(200, f"error: {text}".encode(), TEXT, note=note, empty=True)


def idle(action: str, *, names_action: bool) -> Answer:
    """Return what an expired, retired or invented token gets; the three look the same."""
    note = "the session is unknown, retired or idled too long"
    return magic_error(action, IDLE, note) if names_action else error(f"Magic Error - {IDLE}", note)


def critical(key: str, text: str) -> Answer:
    """Return a refused Save: a normal row, whose STATUS says Critical."""
    answer = rows_answer(key, [{"STATUS": f"Critical - {text}", "ID": "0"}])
    answer.note, answer.empty = f"refused: {text}", True
    return answer


def rows_answer(key: str, rows: Sequence[Row]) -> Answer:
    """Return rows under their result key."""
    return Answer(200, orjson.dumps([{key: rows}]), JSON, empty=not rows)


def unimplemented(action: str, reason: str) -> Answer:
    """Return 501: this is the mock speaking, not Unity, and it names what is missing."""
    text = f"Not implemented by the mock EHR: the action {action} ({reason})."
    return Answer(501, orjson.dumps([{"Error": text}]), JSON, note=text, empty=True)


def unreadable() -> Answer:
    """Return what the web tier says to a body that is not JSON."""
    return page(400, note="the body is not JSON")


def failure(status: int, body: str, headers: Pairs) -> Answer:
    """Return what stands in for Unity when a fault takes its place: pages, as the web tier before it sends them.

    Body "operation-outcome" is Unity's own general failure: it has no other structured one.
    """
    if body == "empty":
        return Answer(status, b"", "", headers)
    if body == "operation-outcome":
        answer = error(NULL_REFERENCE)
        return Answer(status, answer.body, answer.content_type, headers)
    return page(status, headers)
