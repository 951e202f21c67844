"""What the gateway asks the EHR, what comes back, and how that can fail."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from reference_gateway.clock import Deadline


@dataclass(frozen=True)
class EhrRequest:
    """One call to the EHR. `path` is relative to its FHIR base; `safe` means that repeating it changes nothing."""

    method: str
    path: str
    resource_type: str
    correlation_id: str
    traceparent: str
    deadline: Deadline
    lane: str = "batch"
    route: str = "stable"
    query: tuple[tuple[str, str], ...] = ()
    private: bool = False  # the query tells who somebody is: it stays out of addresses, which are logged on the way
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    rights: Hashable = None  # of whom it is asked for: who may have the same answer has the same
    served_stale: Callable[[float], None] = lambda _age_s: None  # told the age of an answer that was kept

    @property
    def safe(self) -> bool:
        """Tell whether the request only reads (RFC 9110 section 9.2.1)."""
        return self.method == "GET"


@dataclass(frozen=True)
class EhrReply:
    """An answer of the EHR; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Return the media type in lower case without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class EhrFailure(Exception):
    """The EHR gave no useful answer.

    kind: timeout, unreachable (no connection), broken (connection lost or answer unreadable), error (5xx),
    overloaded (429, 503), rejected (401 with a fresh token), no-token, open (circuit breaker), busy (no free slot),
    limited (the type is asked for too often).
    `reached` tells whether the request may have been carried out. `retry_after_s` is what the EHR or
    the limit asks for.
    """

    def __init__(
        self, kind: str, *, reached: bool, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.reached = reached
        self.status = status
        self.retry_after_s = retry_after_s
