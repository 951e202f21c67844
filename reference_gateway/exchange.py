"""One consumer request as the gateway sees it: what came in, what was decided about it, what goes out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from multidict import CIMultiDictProxy

from reference_gateway.clock import Deadline
from reference_gateway.refusal import Refusal

FHIR_JSON = "application/fhir+json; charset=utf-8"
ROUTES = ("stable", "next")  # ways to the EHR
STABLE = ROUTES[0]


@dataclass(frozen=True)
class ConsumerRequest:
    """A request as it came over the wire: path and query undecoded, the body not read yet."""

    method: str
    raw_path: str
    raw_query: str
    headers: CIMultiDictProxy[str]
    read_body: Callable[[int], Awaitable[bytes]]  # raises Refusal(413) beyond the limit in bytes
    certificate: bytes | None = None  # of the client (DER), as the TLS handshake verified it

    def header(self, name: str) -> str:
        """Return a header's value, "" when absent."""
        return self.headers.get(name, "")


@dataclass(frozen=True)
class Answer:
    """An answer to a consumer: status, headers, body bytes."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Caller:
    """Who asks, as the verified token says: client, user (None for a system), patient in context, scopes.

    `facilities` are those that the token is limited to, None without a limit.
    """

    client_id: str
    user: str | None
    patient: str | None
    scope: str
    facilities: tuple[str, ...] | None = None
    purpose: str = ""  # purpose of use, "" when the token states none
    issued_at: float = 0.0  # of the token, epoch seconds
    token_id: str | None = None
    bound_to: str | None = None  # thumbprint of the certificate without which the token is of no use


@dataclass(frozen=True)
class Target:
    """What a request is about: read, search, create, update, batch or other; `refusal` says why it cannot be served."""

    interaction: str
    resource_type: str | None = None
    resource_id: str | None = None
    refusal: Refusal | None = None


@dataclass
class Exchange:
    """The facts of one exchange, filled in while it is served; audit trail, metrics and log read them at the end."""

    request: ConsumerRequest
    target: Target
    correlation_id: str
    traceparent: str
    started: float
    deadline: Deadline
    caller: Caller | None = None
    lane: str = "batch"
    patient: str | None = None
    policy: str = "none"
    budget_s: float = 0.0
    route: str = ""  # to the EHR, known together with the caller
    purpose: str | None = None  # as checked; goes with every call at the EHR
    reason: str | None = None  # why the glass was broken
    said: dict[str, Any] = field(default_factory=dict)  # what patients said, asked once for each of them

    stale_s: list[float] = field(default_factory=list)  # ages of answers that were kept; a batch shares it

    @property
    def rights(self) -> Hashable:
        """Return what decides which records the caller may have, purpose of use included."""
        caller = self.caller
        if caller is None:
            return None
        return (caller.client_id, caller.user, caller.patient, caller.scope, caller.facilities, self.purpose)

    def restart_budget(self) -> None:
        """Count the latency budget from now: a slow upload is the consumer's own time."""
        self.deadline = Deadline.after(self.deadline.clock, self.budget_s)

    @property
    def client_id(self) -> str:
        """Return the caller's client id, "-" before it is known."""
        return self.caller.client_id if self.caller else "-"
