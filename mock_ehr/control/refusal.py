"""Refusing a control request."""

from __future__ import annotations

from collections.abc import Sequence

from mock_ehr.message import Pairs


class RefusedError(Exception):
    """A control request that cannot be served: what is wrong, and how to fix it."""

    def __init__(self, status: int, error: str, hint: str = "", headers: Pairs = ()) -> None:
        super().__init__(error)
        self.status = status
        self.hint = hint
        self.headers = headers


def absent(what: str, hint: str) -> RefusedError:
    """Return the refusal of a request about something that is not there."""
    return RefusedError(404, what, hint)


def listed(names: Sequence[str], most: int = 40) -> str:
    """Return names as a text that stays short however many they are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) + more) if names else "none"
