"""Shedding: when many calls wait for the EHR, what can wait until later is refused at once, so that the rest is served.

What may be shed is the operator's choice, by resource type: nobody is harmed by a schedule that loads a minute later,
but by allergies that do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from reference_gateway.exchange import Target
from reference_gateway.refusal import Refusal, unavailable

_RETRY_AFTER_S = 5


class Shedding:
    """Refuses requests about types that are not critical while at least `at` calls wait for the EHR."""

    def __init__(
        self, non_critical: Collection[str], at: int, waiting: Callable[[], int], shed: Callable[[str], None]
    ) -> None:
        self._non_critical = frozenset(non_critical)
        self._at = at
        self._waiting = waiting
        self._shed = shed  # told the type of each request that is refused

    def check(self, target: Target) -> None:
        """Raise Refusal 503 with Retry-After for a request that has to give way."""
        resource_type = target.resource_type
        if resource_type is not None and self.gives_way(resource_type) and self._waiting() >= self._at:
            self._shed(resource_type)
            raise self.refusal(resource_type)

    def gives_way(self, resource_type: str) -> bool:
        """Tell whether requests about a type are shed first."""
        return resource_type in self._non_critical

    def refusal(self, resource_type: str) -> Refusal:
        """Return what a consumer is told whose request gave way."""
        text = f"the EHR is busy, and {resource_type} gives way to what is more urgent; try again later"
        return unavailable(text, _RETRY_AFTER_S, reason="shed", code="throttled")
