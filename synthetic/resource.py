"""The two values everything else is made of.

A resource as bytes, and a piece of protected health information.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NamedTuple


class Resource(NamedTuple):
    """One FHIR resource. `json` is what goes on the wire.

    Minified, UTF-8, decimals with their trailing zeros.
    """

    type: str
    id: str
    json: bytes

    @property
    def body(self) -> dict[str, Any]:
        """A fresh dict on every access; numbers with a fraction are `decimal.Decimal`, so 1.50 stays 1.50."""
        parsed: dict[str, Any] = json.loads(self.json, parse_float=Decimal)
        return parsed

    @property
    def reference(self) -> str:
        """The relative reference, `Type/id`."""
        return f"{self.type}/{self.id}"


class Phi(NamedTuple):
    """A text that must not leak: `kind` is name, birth-date, mrn, ssn, phone, email, address, member-id or note."""

    kind: str
    text: str
