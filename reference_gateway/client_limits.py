"""What each consumer client may ask for: its lane and its rate, read from the clients file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LANES = ("interactive", "partner", "batch")  # served in this order when they compete


@dataclass(frozen=True)
class ClientLimit:
    """Lane, sustained rate (requests per second) and burst (requests) of one client."""

    lane: str
    rate_per_s: float
    burst: float


@dataclass(frozen=True)
class ClientLimits:
    """Limits by client id; a client that is not listed gets `default`, each its own bucket."""

    listed: Mapping[str, ClientLimit]
    default: ClientLimit

    def of(self, client_id: str) -> ClientLimit:
        """Return the limit of a client."""
        return self.listed.get(client_id, self.default)


def read_limits(document: Any) -> ClientLimits:
    """Read the clients file's JSON. Raises ValueError naming the entry that is wrong."""
    if not isinstance(document, dict) or not isinstance(document.get("clients"), dict):
        raise ValueError(  # noqa: TRY004 - a wrong file, not a wrong argument
            'must be an object with "clients" and "default"'
        )
    listed = {name: _limit(f"clients.{name}", entry) for name, entry in document["clients"].items()}
    return ClientLimits(listed, _limit("default", document.get("default")))


def _limit(where: str, entry: Any) -> ClientLimit:
    if not isinstance(entry, dict):
        raise ValueError(  # noqa: TRY004 - a wrong file, not a wrong argument
            f"{where} is missing or not an object with lane, rate_per_s and burst"
        )
    lane = entry.get("lane")
    if lane not in LANES:
        raise ValueError(f"{where}.lane is {lane!r}; valid are {', '.join(LANES)}")
    numbers = {name: entry.get(name) for name in ("rate_per_s", "burst")}
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise ValueError(f"{where}.{name} is {value!r}; it must be a number above 0")
    return ClientLimit(lane, float(entry["rate_per_s"]), float(entry["burst"]))
