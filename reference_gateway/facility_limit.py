"""Which facility a token is for: one that names others reaches nothing here."""

from __future__ import annotations

from reference_gateway.exchange import Caller
from reference_gateway.refusal import Refusal


class FacilityLimit:
    """Lets in tokens that name this facility, or none; an empty `facility` knows no limits."""

    def __init__(self, facility: str) -> None:
        self.facility = facility

    def check(self, caller: Caller) -> None:
        """Raise Refusal 403 for a caller of other facilities only."""
        if self.facility and caller.facilities is not None and not self.covers(caller.facilities):
            raise Refusal(403, "forbidden", "the token is for another facility", reason="other-facility")

    def covers(self, facilities: tuple[str, ...]) -> bool:
        """Return whether this facility is among those named."""
        return self.facility in facilities
