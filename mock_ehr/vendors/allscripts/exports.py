"""Bulk exports that were started: Group only, polled with patience, kept for a while (V1 V3)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

from mock_ehr.groups import Group

MAX_EXPORTS = 1000


@dataclass(frozen=True, slots=True)
class Export:
    """One export. `next_poll` is the earliest instant (epoch s, mock clock) at which a poll is not too soon."""

    key: str
    client_id: str
    group: Group
    types: tuple[str, ...]
    request_url: str
    started: float
    next_poll: float


class Exports:
    """The exports by key; the oldest are forgotten when there are too many."""

    def __init__(self) -> None:
        self._exports: OrderedDict[str, Export] = OrderedDict()

    def add(self, export: Export) -> None:
        """Keep an export."""
        self._exports[export.key] = export
        if len(self._exports) > MAX_EXPORTS:
            self._exports.popitem(last=False)

    def find(self, key: str, client_id: str) -> Export | None:
        """Return the client's export; None for an unknown one and for somebody else's."""
        export = self._exports.get(key)
        return export if export is not None and export.client_id == client_id else None

    def put_off(self, export: Export, next_poll: float) -> None:
        """Note when the next poll may come."""
        self._exports[export.key] = replace(export, next_poll=next_poll)

    def cancel(self, export: Export) -> None:
        """Forget an export."""
        self._exports.pop(export.key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._exports.clear()
