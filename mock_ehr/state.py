"""Everything that a running mock EHR keeps, in one place that is passed around."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from mock_ehr.assertions import UsedIds
from mock_ehr.authorizations import Authorizations
from mock_ehr.clients import Clients
from mock_ehr.clock import Clock
from mock_ehr.faults import FaultBook
from mock_ehr.groups import Group
from mock_ehr.hl7v2.interfaces import Interfaces
from mock_ehr.journal import Journal
from mock_ehr.key_sets import KeySets
from mock_ehr.paging import Sessions
from mock_ehr.store import Store
from mock_ehr.throttle import Throttle
from mock_ehr.tls import Tls
from mock_ehr.tokens import LIFETIME_S, Tokens

# What a break-the-glass mark does to a read of the patient: vendors.md 1.4 and 1.6, codes 4130, 4131 and 4134.
PROTECTIONS = ("break-the-glass", "restricted", "notice")


@dataclass(slots=True)
class State:
    """The mutable heart of one mock EHR. `public_url` is the address that links and token audiences use.

    `protected` maps a patient id to one of PROTECTIONS. `also_reset` is for a vendor that keeps state of its own:
    each is called when everything, or the part "vendor", is reset.
    """

    clock: Clock
    monotonic: Callable[[], float]
    store: Store
    tokens: Tokens
    sessions: Sessions
    journal: Journal
    faults: FaultBook
    throttle: Throttle
    public_url: str = ""
    used_ids: UsedIds = field(default_factory=UsedIds)
    groups: dict[str, Group] = field(default_factory=dict)
    protected: dict[str, str] = field(default_factory=dict)
    also_reset: list[Callable[[], None]] = field(default_factory=list)
    clients: Clients = field(init=False)
    authorizations: Authorizations = field(init=False)
    key_sets: KeySets = field(init=False)
    hl7v2: Interfaces = field(init=False)
    tls: Tls | None = field(init=False, default=None)  # None: the data side speaks plain HTTP

    def __post_init__(self) -> None:
        self.clients = Clients(self.clock.now)
        self.authorizations = Authorizations(self.clock.now)
        self.key_sets = KeySets(self.clock.now)
        self.hl7v2 = Interfaces(self.store, self.journal, self.clock.now)

    def use_tls(self, tls: Tls) -> None:
        """Let the data side speak TLS; a reset shows the good certificate again."""
        self.tls = tls
        self.faults.speaks_tls = True
        self.also_reset.append(tls.reset)

    def parts(self) -> Mapping[str, Callable[[], object]]:
        """Return what can be reset on its own, and how. Clients and the public address are never reset."""
        return {
            "journal": self.journal.reset,
            "faults": self.faults.clear,
            "clock": self.clock.reset,
            "limits": self.throttle.lift,
            "data": self.store.reset,
            "groups": self.groups.clear,
            "protection": self.protected.clear,
            "tokens": self._reset_tokens,
            "paging": self.sessions.expire_all,
            "hl7v2": self.hl7v2.reset,
            "vendor": self._reset_vendor,
        }

    def reset(self, names: Iterable[str] = ()) -> list[str]:
        """Put the named parts back to how they were at the start, all of them when none is named.

        Returns the names. Raises KeyError for an unknown one, before anything is touched.
        """
        parts = self.parts()
        chosen = {name: parts[name] for name in names} or parts
        for clear in chosen.values():
            clear()
        return list(chosen)

    def _reset_tokens(self) -> None:
        self.tokens.expire_all()
        self.tokens.lifetime_s = LIFETIME_S
        self.used_ids.clear()
        self.authorizations.clear()
        self.key_sets.clear()

    def _reset_vendor(self) -> None:
        for clear in self.also_reset:
            clear()
