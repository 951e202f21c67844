"""Circuit breakers, one per resource type: a failing part of the EHR is left alone and does not drag down the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference_gateway.clock import Clock
from reference_gateway.ehr_request import EhrFailure

_COUNTED = frozenset(("timeout", "unreachable", "broken", "error"))


@dataclass
class Circuit:
    """State of one breaker: failures in a row, when it opened (None: closed), whether its probe is under way."""

    failures: int = 0
    opened_at: float | None = None
    probing: bool = False


class Breakers:
    """Closed until `failures` calls in a row failed; then open for `open_s`; then one probe decides."""

    def __init__(
        self, failures: int, open_s: float, clock: Clock, moved: Callable[[str, bool], None] = lambda *_: None
    ) -> None:
        self._limit = failures
        self._open_s = open_s
        self._clock = clock
        self._moved = moved  # told the resource type and whether its breaker is open now
        self._circuits: dict[str, Circuit] = {}

    def enter(self, resource_type: str) -> bool:
        """Ask to call the EHR; True when this call is the probe. Raises EhrFailure open with the wait left."""
        circuit = self._circuit(resource_type)
        if circuit.opened_at is None:
            return False
        left = circuit.opened_at + self._open_s - self._clock.monotonic()
        if left > 0 or circuit.probing:
            raise EhrFailure("open", reached=False, retry_after_s=max(left, 1.0))
        circuit.probing = True
        return True

    def succeeded(self, resource_type: str) -> None:
        """Note that the EHR answered: the breaker closes."""
        circuit = self._circuit(resource_type)
        if circuit.opened_at is not None:
            self._moved(resource_type, False)
        circuit.failures, circuit.opened_at, circuit.probing = 0, None, False

    def failed(self, resource_type: str, failure: EhrFailure) -> None:
        """Note a failed call; timeouts, lost connections and 5xx count, refusals and 429 do not."""
        circuit = self._circuit(resource_type)
        was_probe, circuit.probing = circuit.probing, False
        if failure.kind in _COUNTED or (failure.kind == "overloaded" and failure.status == 503):
            circuit.failures += 1
        if was_probe or circuit.failures >= self._limit:
            if circuit.opened_at is None:
                self._moved(resource_type, True)
            circuit.opened_at = self._clock.monotonic()

    def open_types(self) -> list[str]:
        """Return the resource types whose breaker is open."""
        return sorted(name for name, circuit in self._circuits.items() if circuit.opened_at is not None)

    def circuit_name(self, resource_type: str) -> str:
        """Return which breaker stands before a resource type."""
        return resource_type

    def _circuit(self, resource_type: str) -> Circuit:
        return self._circuits.setdefault(self.circuit_name(resource_type), Circuit())
