"""What operators change while the gateway runs: types that are switched off, the route to the EHR, who goes ahead.

All of it stands in one small JSON file, which `python -m reference_gateway rollout` writes and the gateway reads anew
when it has changed: {"off": ["Encounter"], "route": "stable", "canary": ["app-partner"]}. Without a file nothing is
off and everybody takes the stable route. A request keeps the route that it began with.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from reference_gateway.ehr_request import EhrReply, EhrRequest
from reference_gateway.ehr_transport import Transport
from reference_gateway.exchange import ROUTES, STABLE, Target
from reference_gateway.refusal import Refusal, unavailable
from reference_gateway.routes import TYPES

HEADER = "X-Gateway-Route"
_RETRY_AFTER_S = 30


@dataclass(frozen=True)
class Plan:
    """What stands in the file: types that are off, the route, the client ids that take the next one already."""

    off: tuple[str, ...] = ()
    route: str = STABLE
    canary: tuple[str, ...] = ()


def read_plan(file: Path) -> Plan:
    """Return the plan in a file, the plain one when there is none. Raises ValueError for a file that is no plan."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        plan = Plan(tuple(content["off"]), content["route"], tuple(content["canary"]))
    except FileNotFoundError:
        return Plan()
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{file} is no rollout plan: {error!r}") from None
    return checked(plan)


def checked(plan: Plan) -> Plan:
    """Return the plan. Raises ValueError for a type or a route that does not exist."""
    for name in plan.off:
        if name not in TYPES:
            raise ValueError(f"{name!r} cannot be switched off; valid are {', '.join(TYPES)}")
    if plan.route not in ROUTES:
        raise ValueError(f"there is no route {plan.route!r}; valid are {', '.join(ROUTES)}")
    return plan


def changed(plan: Plan, action: str, value: str) -> Plan:
    """Return the plan after one command: off TYPE, on TYPE, route NAME, canary CLIENT. Raises ValueError."""
    off = tuple(name for name in plan.off if name != value)
    if action == "off":
        return checked(replace(plan, off=(*off, value)))
    if action == "on":
        return replace(plan, off=off)
    if action == "route":
        return checked(replace(plan, route=value, canary=()))
    return replace(plan, canary=(*(name for name in plan.canary if name != value), value))


def write_plan(file: Path, plan: Plan) -> None:
    """Replace the file in one step, so that nobody reads half of it. Raises OSError."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text(json.dumps(asdict(plan)) + "\n", encoding="utf-8")
    fresh.replace(file)


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
