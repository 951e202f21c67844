"""What a vendor's double offers to the core. All differences between vendors lie behind this."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Protocol

from mock_ehr.facts import Facts
from mock_ehr.message import Answer, Pairs, Request
from mock_ehr.tokens import Grant


@dataclass(slots=True)
class Visit:
    """A request together with what is known of it. `route` is the vendor's own business.

    `distance` above 0 asks for the data of the patient that many charts away: the wrong-patient fault.
    """

    request: Request
    facts: Facts
    grant: Grant | None = None
    route: Any = None
    distance: int = 0


class Vendor(Protocol):
    """One vendor's behaviour on the wire."""

    def admit(self, request: Request) -> Visit:
        """Find out what the request is about, without answering or judging it. Never raises."""

    def answer(self, visit: Visit) -> Answer | Awaitable[Answer]:
        """Process the request."""

    def failure(self, status: int, body: str, headers: Pairs) -> Answer:
        """Return what a failing server says with `status`; `body` is one of `mock_ehr.behaviours.BODIES`."""

    def login_page(self) -> Answer:
        """Return a 200 text/html page."""
