"""The rollout plan: the file in which operators say what is off, which route is taken and who goes ahead.

`python -m reference_gateway.rollout_plan FILE off|on|route|canary VALUE` changes it, without loading the gateway.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from reference_gateway.exchange import ROUTES, STABLE
from reference_gateway.routes import UNITY_TYPES

ACTIONS = ("off", "on", "route", "canary")


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
        if name not in UNITY_TYPES:
            raise ValueError(f"{name!r} cannot be switched off; valid are {', '.join(UNITY_TYPES)}")
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


def change(file: Path, action: str, value: str) -> int:
    """Change the plan of a running gateway: 0 done, 2 not possible."""
    try:
        write_plan(file, changed(read_plan(file), action, value))
    except (OSError, ValueError) as error:
        print(f"rollout plan: {error}", file=sys.stderr)  # noqa: T201 - talk goes to stderr
        return 2
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit code: 0 done, 2 not possible."""
    parser = argparse.ArgumentParser(prog="reference_gateway.rollout_plan", description=__doc__)
    parser.add_argument("file", type=Path, help="the file that GATEWAY_ROLLOUT_FILE names")
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("value", help="a type for off and on, stable or next for route, a client id for canary")
    options = parser.parse_args(arguments)
    return change(options.file, options.action, options.value)


if __name__ == "__main__":
    sys.exit(main())
