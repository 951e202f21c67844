"""Everything that a running mock EHR keeps, in one place that is passed around."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mock_ehr.assertions import UsedIds
from mock_ehr.clients import Client
from mock_ehr.clock import Clock
from mock_ehr.faults import FaultBook
from mock_ehr.journal import Journal
from mock_ehr.paging import Sessions
from mock_ehr.store import Store
from mock_ehr.throttle import Throttle
from mock_ehr.tokens import LIFETIME_S, Tokens


@dataclass(slots=True)
class State:
    """The mutable heart of one mock EHR. `public_url` is the address that links and token audiences use."""

    clock: Clock
    monotonic: Callable[[], float]
    store: Store
    tokens: Tokens
    sessions: Sessions
    journal: Journal
    faults: FaultBook
    throttle: Throttle
    public_url: str = ""
    clients: dict[str, Client] = field(default_factory=dict)
    used_ids: UsedIds = field(default_factory=UsedIds)

    def reset(self) -> None:
        """Forget everything but the clients and the public address."""
        self.journal.reset()
        self.faults.clear()
        self.clock.offset_s = 0.0
        self.throttle.lift()
        self.store.reset()
        self.tokens.expire_all()
        self.tokens.lifetime_s = LIFETIME_S
        self.used_ids.clear()
        self.sessions.expire_all()
