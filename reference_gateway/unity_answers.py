"""What Unity's answers mean: nearly everything comes with status 200, so that the body decides.

A lost session, a missing licence, a database error and a refused Save all look like success to HTTP. They are told
apart here and become statuses, as a service that speaks HTTP would have given. Source: public clients of Unity.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from reference_gateway.ehr_failures import payload_refusal
from reference_gateway.ehr_request import EhrFailure, EhrReply
from reference_gateway.json_text import MalformedJson, read
from reference_gateway.unity_columns import missing_column

Row = dict[str, str]

_LOST = re.compile(r"logged out|inactivity|not authenticated", re.IGNORECASE)
_FORBIDDEN = re.compile(r"not valid for this license|not the one that this token", re.IGNORECASE)
_BAD_VALUE = re.compile(r"error converting|conversion failed|not valid|was not found", re.IGNORECASE)
_OTHER_KEYS = {"saveunstructureddocument": "saveunstructureddocument"}
UNAUTHORIZED, FORBIDDEN, BAD_REQUEST, REFUSED, FAILED = 401, 403, 400, 422, 502


class UnityAnswers:
    """Judges answers of MagicJson."""

    def judged(self, reply: EhrReply, action: str) -> EhrReply:
        """Return the answer with the status that its body deserves.

        Raises EhrFailure broken for a body that is empty or no answer of this action.
        """
        if reply.status != 200:
            return reply if reply.status in (429, 503, 504) or reply.status >= 500 else replace(reply, status=FAILED)
        text = reply.body.decode("utf-8", "replace").strip()
        if text.lower().startswith("error"):
            return replace(reply, status=self.status_of(text))
        content = self.content(reply)
        if "Error" in content:
            return replace(reply, status=self.status_of(str(content["Error"])))
        rows = self.rows_in(content, action)
        return replace(reply, status=REFUSED) if self.refuses(rows) else reply

    def status_of(self, text: str) -> int:
        """Return the status that an error text stands for."""
        if _LOST.search(text):
            return UNAUTHORIZED
        if _FORBIDDEN.search(text):
            return FORBIDDEN
        return BAD_REQUEST if _BAD_VALUE.search(text) else FAILED

    def content(self, reply: EhrReply) -> dict[str, Any]:
        """Return the one object of an answer. Raises EhrFailure broken."""
        try:
            content = read(reply.body)
        except MalformedJson:
            raise EhrFailure("broken", reached=True) from None
        if not isinstance(content, list) or len(content) != 1 or not isinstance(content[0], dict):
            raise EhrFailure("broken", reached=True)
        return content[0]

    def refuses(self, rows: list[Row]) -> bool:
        """Tell a Save that was refused: its first row says so in a column that otherwise says OK."""
        return bool(rows) and "critical" in rows[0].get("STATUS", "").lower()

    def rows(self, reply: EhrReply, action: str) -> list[Row]:
        """Return the rows of an answer that was judged. Raises EhrFailure broken."""
        return self.rows_in(self.content(reply), action)

    def rows_in(self, content: dict[str, Any], action: str) -> list[Row]:
        """Return the rows in an answer. Raises EhrFailure broken for what is no row of texts."""
        rows = content.get(_OTHER_KEYS.get(action.lower(), f"{action.lower()}info"))
        if not isinstance(rows, list):
            raise EhrFailure("broken", reached=True)
        return [self.row(row) for row in rows]

    def row(self, row: Any) -> Row:
        """Return a row. Raises EhrFailure broken when it is none, or holds anything but texts."""
        if not isinstance(row, dict) or not all(isinstance(value, str) for value in row.values()):
            raise EhrFailure("broken", reached=True)
        return row

    def complete(self, row: Row, action: str) -> Row:
        """Return a row that has every column that is read. Raises Refusal 502 for one that lacks some."""
        missing = missing_column(row, action)
        if missing:
            raise payload_refusal(f"it breaks the contract (a row of {action} has no {missing})", "ehr-contract")
        return row
