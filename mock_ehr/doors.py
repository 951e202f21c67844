"""How a client gets into a mock EHR: for each API its addresses, what to register, how to log in, what to try.

`gauntlet serve` prints it and tests follow it; nothing there knows a vendor. Texts may hold {token}, {password} and
{user_password}, which whoever uses them fills in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mock_ehr.message import Pairs

PRIVATE_KEY_JWT = "private_key_jwt"
PASSWORD = "password"  # noqa: S105 - the name of a way to log in, not a secret


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request of a client."""

    method: str
    url: str
    headers: Pairs = ()
    body: str = ""

    def filled(self, **values: str) -> Call:
        """Return the call with {name} replaced by each value, as it has to stand in JSON."""
        url, body = self.url, self.body
        pairs = list(self.headers)
        for name, value in values.items():
            url = url.replace(f"{{{name}}}", value)
            body = body.replace(f"{{{name}}}", json.dumps(value)[1:-1])
            pairs = [(header, text.replace(f"{{{name}}}", value)) for header, text in pairs]
        return replace(self, url=url, body=body, headers=tuple(pairs))

    def curl(self) -> list[str]:
        """Return the call as the arguments of a curl command."""
        parts = ["curl", "-sS", "-i"]  # the head too: some answers have no body
        if self.method != "GET":
            parts += ["-X", self.method]
        for name, value in self.headers:
            parts += ["-H", f"{name}: {value}"]
        return [*parts, *(["-d", self.body] if self.body else []), self.url]


@dataclass(frozen=True, slots=True)
class Door:
    """One API of a vendor.

    `registration` is what PUT /clients/{id} of the control API takes; with `PRIVATE_KEY_JWT` the caller adds "jwks"
    and fetches the token at `token_url`. With `PASSWORD` the text of the first answer to `log_in` is the token, quotes
    taken off, and the other calls follow with it.
    """

    name: str
    address: str
    token_url: str
    way_in: str  # PRIVATE_KEY_JWT or PASSWORD
    registration: Mapping[str, Any] = field(default_factory=dict)
    log_in: tuple[Call, ...] = ()
    sample: Call = Call("GET", "")
