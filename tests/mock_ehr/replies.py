"""Bytes of the data side, read back as an answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from mock_ehr.message import Ending, Reply


@dataclass
class Seen:
    """What came back: parsed from the bytes of a reply."""

    status: int
    headers: dict[str, str]
    body: bytes
    ending: Ending = Ending.KEEP
    delay_s: float = 0.0

    def json(self) -> Any:
        return json.loads(self.body)

    def codes(self) -> list[str]:
        """Epic's codes of an OperationOutcome, in order."""
        return [issue["details"]["coding"][0]["code"] for issue in self.json()["issue"]]

    def ids(self) -> list[str]:
        """The ids of the matches of a bundle."""
        return [entry["resource"]["id"] for entry in self.json().get("entry", []) if entry["search"]["mode"] == "match"]

    def link(self, relation: str) -> str:
        return next((link["url"] for link in self.json()["link"] if link["relation"] == relation), "")


def parse_reply(reply: Reply) -> Seen:
    head, _, body = reply.data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    status = int(first.split(" ")[1]) if first else 0
    return Seen(status, {name.lower(): value for name, value in headers.items()}, body, reply.ending, reply.delay_s)
