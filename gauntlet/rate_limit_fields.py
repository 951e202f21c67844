"""Reading RateLimit and RateLimit-Policy, in the form of today's draft and in that of its predecessors.

draft-ietf-httpapi-ratelimit-headers-08 and later: `RateLimit-Policy: "burst";q=100;w=60` and
`RateLimit: "burst";r=50;t=30`; up to 07: `RateLimit-Policy: 100;w=60` and
`RateLimit: limit=100, remaining=50, reset=30`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ITEM = re.compile(
    r"""\s*(?:"(?P<name>[^"]*)"|(?P<token>[A-Za-z*][\w*.-]*)|(?P<number>\d+))(?P<parameters>(?:\s*;[^,;]*)*)"""
)
_PARAMETER = re.compile(r";\s*([a-z*][\w*.-]*)\s*=\s*(\d+)\s*$")
_PAIR = re.compile(r"\s*(limit|remaining|reset)\s*=\s*(\d+)\s*$")


@dataclass(frozen=True)
class Policy:
    """So many requests (`quota`) in so many seconds (`window_s`, None when not said)."""

    quota: int
    window_s: int | None


@dataclass(frozen=True)
class Left:
    """Requests that are left, and seconds until the quota is whole again (None when not said)."""

    remaining: int
    reset_s: int | None


def read_policies(text: str) -> list[Policy]:
    """Return the policies of a RateLimit-Policy field. Raises ValueError for what neither form allows."""
    found = []
    for part in text.split(","):
        name, parameters = _item(part)
        quota = int(name) if name.isdecimal() else parameters.get("q")
        if quota is None:
            raise ValueError(f"the policy {part.strip()!r} has no quota")
        found.append(Policy(quota, parameters.get("w")))
    return found


def read_left(text: str) -> list[Left]:
    """Return what a RateLimit field says is left, one for each policy. Raises ValueError."""
    pairs = [_PAIR.match(part) for part in text.split(",")]
    if all(pairs):
        said = {pair[1]: int(pair[2]) for pair in pairs if pair}
        if "remaining" not in said:
            raise ValueError(f"{text!r} does not say what remains")
        return [Left(said["remaining"], said.get("reset"))]
    found = []
    for part in text.split(","):
        _, parameters = _item(part)
        if "r" not in parameters:
            raise ValueError(f"{part.strip()!r} does not say what remains")
        found.append(Left(parameters["r"], parameters.get("t")))
    return found


def _item(text: str) -> tuple[str, dict[str, int]]:
    """Return the name (or number) of an item of a list, and its whole-number parameters. Raises ValueError."""
    match = _ITEM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text.strip()!r} is no item of a structured field")
    parameters = [_PARAMETER.fullmatch(";" + part) for part in match["parameters"].split(";")[1:]]
    numbers = {found[1]: int(found[2]) for found in parameters if found}
    return match["name"] or match["token"] or match["number"] or "", numbers
