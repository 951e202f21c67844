"""What operators change while the gateway runs: types that are switched off, the route to the EHR, who goes ahead.

All of it stands in one small JSON file, which `python -m reference_gateway.rollout_plan` writes and the gateway reads
anew when it has changed: {"off": ["Encounter"], "route": "stable", "canary": ["app-partner"]}. Without a file nothing
is off and everybody takes the stable route. A request keeps the route that it began with.
"""

from __future__ import annotations

from pathlib import Path

from reference_gateway.ehr_request import EhrReply, EhrRequest
from reference_gateway.ehr_transport import Transport
from reference_gateway.exchange import ROUTES, STABLE, Target
from reference_gateway.refusal import Refusal, unavailable
from reference_gateway.rollout_plan import Plan, read_plan

HEADER = "X-Gateway-Route"
_RETRY_AFTER_S = 30


class Rollout:
    """Reads the plan when the file has changed; a file that cannot be read leaves the plan as it was."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._seen: tuple[int, int, int] | None = None
        self._plan = Plan()

    def plan(self) -> Plan:
        """Return the plan that holds now."""
        if self._file is None:
            return self._plan
        try:
            found = self._file.stat()
            seen = (found.st_mtime_ns, found.st_ino, found.st_size)
            if seen != self._seen:
                self._seen = seen
                self._plan = read_plan(self._file)
        except FileNotFoundError:
            self._plan = Plan()
        except (OSError, ValueError):
            pass
        return self._plan

    def check(self, target: Target) -> None:
        """Raise Refusal 503 for a type that is switched off."""
        if target.resource_type in self.plan().off:
            raise self.switched_off(str(target.resource_type))

    def switched_off(self, resource_type: str) -> Refusal:
        """Return what a consumer is told about a type that is off."""
        return unavailable(f"{resource_type} is switched off for now", _RETRY_AFTER_S, reason="switched-off")

    def route(self, client_id: str) -> str:
        """Return the route that a client's request takes."""
        plan = self.plan()
        return ROUTES[-1] if client_id in plan.canary else plan.route


class RoutedTransport:
    """Sends each request by its own route."""

    def __init__(self, stable: Transport, ahead: Transport) -> None:
        self._stable = stable
        self._ahead = ahead

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Return the answer, whatever its status. Raises EhrFailure."""
        transport = self._stable if request.route == STABLE else self._ahead
        return await transport.send(request, token, timeout_s)
