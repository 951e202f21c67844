"""Search sessions: what `next` links refer to. Bounded in number, ended by age or by the control API."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mock_ehr.search import Criterion
from mock_ehr.store import Record

KEPT_SESSIONS = 5000


@dataclass(slots=True)
class Session:
    """A page that can be fetched: `size` matches of a search from `offset` on, for the client that searched.

    `counted` tells that the client chose the size. `late` are criteria applied to a page after it was cut.
    `includes` are the references to follow, in the vendor's own words. `expires` is in epoch seconds of the EHR's
    clock. Not frozen, for speed; nobody changes one.
    """

    client_id: str
    resource_type: str
    matches: Sequence[Record]
    offset: int
    size: int
    counted: bool
    patients: tuple[str, ...]
    expires: float
    late: tuple[Criterion, ...] = ()
    includes: tuple[str, ...] = ()
    key: str = ""
    next_key: str = ""


class Sessions:
    """The open sessions. The same key gives the same page as often as it is asked for."""

    def __init__(self, now: Callable[[], float], seed: int, lifetime_s: float) -> None:
        self._now = now
        self._seed = seed
        self._lifetime_s = lifetime_s
        self._open: OrderedDict[str, Session] = OrderedDict()
        self._count = 0

    def open_next(self, session: Session) -> str:
        """Return the key of the page after `session`; the same however often that one is fetched."""
        if session.next_key:
            return session.next_key
        one = session
        following = Session(
            one.client_id, one.resource_type, one.matches, one.offset + one.size, one.size, one.counted, one.patients,
            one.expires, one.late, one.includes, self._new_key(),
        )  # fmt: skip
        self._open[following.key] = following
        if session.key in self._open:
            self._open[session.key] = replace(session, next_key=following.key)
        if len(self._open) > KEPT_SESSIONS:
            self._open.popitem(last=False)
        return following.key

    def _new_key(self) -> str:
        self._count += 1
        digest = hashlib.blake2b(b"%d:%d" % (self._seed, self._count), digest_size=16).hexdigest().upper()
        return f"{10_000_000 + self._count}-{digest}"

    def expiry(self) -> float:
        """Return when a session opened now ends, in epoch seconds of the EHR's clock."""
        return self._now() + self._lifetime_s

    def find(self, key: str, client_id: str, resource_type: str) -> Session | None:
        """Return the page for `key`; None when it ended, never was, or belongs to another client or type."""
        session = self._open.get(key)
        if session is None or session.expires <= self._now():
            return None
        return session if (session.client_id, session.resource_type) == (client_id, resource_type) else None

    def peek(self, key: str) -> Session | None:
        """Return the page for `key` whoever asks, also an expired one."""
        return self._open.get(key)

    def expire_all(self) -> int:
        """End every session and return how many there were."""
        ended = len(self._open)
        self._open.clear()
        return ended
