"""Everything that consumers were given during a run, kept so that the last checks can judge all of it by FHIR's rules.

An answer is kept once however often it came, and each check may fill its own share of memory only: a check that reads
thousands of records must not push out what another one, that reads a rare type, was given.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from gauntlet.answer import Answer
from gauntlet.consumer import FHIR_JSON

BYTES_OF_A_CHECK = 1_500_000
BYTES_OF_ALL = 60_000_000
DELIVERIES = "deliveries.ndjson"  # what another lab of the same run was given


@dataclass(frozen=True, slots=True)
class Delivery:
    """One answer with a body: the request it belongs to, the check that sent it, what came."""

    sent: str
    status: int
    check: str
    body: bytes

    def resource(self) -> dict[str, Any] | None:
        """Return the body as a FHIR resource, fractions as Decimal; None when it is none."""
        try:
            found = json.loads(self.body, parse_float=Decimal)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and isinstance(found.get("resourceType"), str) else None


@dataclass
class Deliveries:
    """The answers of a run, each body once."""

    kept: dict[bytes, Delivery] = field(default_factory=dict)
    left_out: int = 0
    _bytes: Counter[str] = field(default_factory=Counter)

    def take(self, check: str, answer: Answer) -> None:
        """Keep `answer` if it claims to be FHIR and nobody had the same body before."""
        if not answer.body or answer.media_type != FHIR_JSON:
            return
        key = hashlib.sha256(answer.body).digest()
        if key in self.kept:
            return
        if self._bytes[check] + len(answer.body) > BYTES_OF_A_CHECK or self._bytes.total() > BYTES_OF_ALL:
            self.left_out += 1
            return
        self._bytes[check] += len(answer.body)
        self.kept[key] = Delivery(answer.sent, answer.status, check, answer.body)

    def save(self, path: Path) -> None:
        """Write everything to `path` for another process."""
        with path.open("wb") as file:
            file.write(orjson.dumps(self.left_out) + b"\n")
            for item in self:
                body = base64.b64encode(item.body).decode()
                file.write(orjson.dumps([item.sent, item.status, item.check, body]) + b"\n")

    def load(self, path: Path) -> None:
        """Add what `save` wrote, if anything, and remove the file: it holds whole records."""
        if not path.exists():
            return
        left_out, *lines = path.read_bytes().splitlines()
        self.left_out += int(left_out)
        for line in lines:
            sent, status, check, body = orjson.loads(line)
            delivery = Delivery(sent, status, check, base64.b64decode(body))
            self.kept.setdefault(hashlib.sha256(delivery.body).digest(), delivery)
        path.unlink()

    def __iter__(self) -> Iterator[Delivery]:
        return iter(self.kept.values())

    def __len__(self) -> int:
        return len(self.kept)
