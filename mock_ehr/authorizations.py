"""What users allowed clients to do: launches, requests that wait for a decision, codes, and refresh tokens.

Everything is bounded and ends by the EHR's clock.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from mock_ehr.tokens import Context

KEPT = 10_000
PENDING_S = 600.0


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch that the EHR began: whom the user had open when he started the app."""

    client_id: str
    user: str  # a reference, Practitioner/id or Patient/id
    patient: str = ""
    encounter: str = ""
    expires: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """An authorization request that was checked and is good."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None = None
    challenge: str = ""
    nonce: str = ""
    launch: Launch | None = None
    expires: float = 0.0


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code: what was asked, and what the user settled."""

    asked: Asked
    context: Context
    expires: float = 0.0
    used: bool = False


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token."""

    client_id: str
    context: Context
    expires: float = 0.0


class Mortal(Protocol):
    """What ends."""

    @property
    def expires(self) -> float:
        """When, in epoch seconds of the EHR's clock."""


Kept = TypeVar("Kept", bound=Mortal)


class Shelf(Generic[Kept]):
    """Things under names that nobody can guess, until they end."""

    def __init__(self, now: Callable[[], float], new_name: Callable[[], str]) -> None:
        self._now = now
        self._new_name = new_name
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def add(self, thing: Kept) -> str:
        """Keep `thing` and return its new name; the oldest makes room."""
        name = self._new_name()
        self._kept[name] = thing
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return name

    def find(self, name: str) -> Kept | None:
        """Return what is kept under `name`; None when it never was, was dropped, or has ended."""
        thing = self._kept.get(name)
        return thing if thing is not None and thing.expires > self._now() else None

    def replace(self, name: str, thing: Kept) -> None:
        """Keep `thing` under a name that is there already."""
        self._kept[name] = thing

    def drop(self, name: str) -> None:
        """Forget what is kept under `name`."""
        self._kept.pop(name, None)

    def drop_where(self, fits: Callable[[Kept], bool]) -> None:
        """Forget all that fits."""
        for name in [name for name, thing in self._kept.items() if fits(thing)]:
            del self._kept[name]

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()


class Authorizations:
    """The four shelves of an authorization server. `new_name` makes codes, tickets and refresh tokens."""

    def __init__(
        self, now: Callable[[], float], new_name: Callable[[], str] = lambda: secrets.token_urlsafe(96)
    ) -> None:
        self.now = now
        self.new_name = new_name
        self.launches: Shelf[Launch] = Shelf(now, new_name)
        self.pending: Shelf[Asked] = Shelf(now, new_name)
        self.codes: Shelf[Code] = Shelf(now, new_name)
        self.refresh: Shelf[Refresh] = Shelf(now, new_name)

    def withdraw(self, family: str) -> None:
        """Forget the refresh tokens that came from one authorization."""
        self.refresh.drop_where(lambda kept: kept.context.family == family)

    def clear(self) -> None:
        """Forget everything."""
        for shelf in (self.launches, self.pending, self.codes, self.refresh):
            shelf.clear()
