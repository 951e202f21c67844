"""One rate limit and its dialect, read from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_ehr.behaviours.answering import ALL_BODIES
from mock_ehr.behaviours.checks import (
    FaultError,
    check_choice,
    check_number,
    check_status,
    check_text,
    check_whole,
    closest,
)
from mock_ehr.facts import KINDS
from mock_ehr.quotas import Concurrency, FixedWindow, Quota, TokenBucket

FAMILIES = ("ratelimit", "x-ratelimit", "x-ratelimit-seconds")
PER = ("client", "all")
MOST = 1 << 40
QUOTAS: Mapping[str, tuple[str, ...]] = {
    TokenBucket.kind: ("rate_per_s", "burst"),
    FixedWindow.kind: ("limit", "window_s"),
    Concurrency.kind: ("limit",),
}
DIALECT = ("client", "kinds", "per", "status", "body", "retry_after", "headers")


class LimitError(FaultError):
    """A rate limit that cannot be used; the message names the field, the value and what is valid."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit and how a refusal looks.

    `client` is a glob over client ids. `per` client counts each one apart, all counts them together. `retry_after`
    is seconds, date or absent; any other text is sent as it is. `headers` names families of headers that every
    answer carries.
    """

    quota: Quota
    definition: Mapping[str, Any]
    client: str = "*"
    kinds: tuple[str, ...] = ("data",)
    per: str = "client"
    status: int = 429
    body: str = "vendor"
    retry_after: str = "seconds"
    headers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_text("client", self.client)
        for kind in self.kinds:
            check_choice("kinds", kind, KINDS)
        check_choice("per", self.per, PER)
        check_status(self.status)
        check_choice("body", self.body, ALL_BODIES)
        check_text("retry_after", self.retry_after)
        for family in self.headers:
            check_choice("headers", family, FAMILIES)


def parse_rule(raw: object) -> Rule:
    """Return the limit that the JSON object `raw` describes. Raises LimitError."""
    try:
        return built(raw)
    except LimitError:
        raise
    except FaultError as error:
        raise LimitError(error.message, error.key) from None


def built(raw: object) -> Rule:
    """Return the limit. Raises FaultError."""
    if not isinstance(raw, Mapping):
        raise FaultError(f'a limit is {raw!r}; it is an object like {{"rate_per_s": 5, "burst": 10}}')
    kind = raw.get("kind", TokenBucket.kind)
    check_choice("kind", kind, tuple(QUOTAS))
    valid = ("kind", *QUOTAS[kind], *DIALECT)
    for name in raw:
        if name not in valid:
            raise FaultError(f"unknown field {name!r}; valid: {', '.join(valid)}{closest(name, valid)}", str(name))
    for name in QUOTAS[kind]:
        if name not in raw:
            raise FaultError(f"{name} is None: {kind} needs {' and '.join(QUOTAS[kind])}", name)
    dialect = {name: listed(name, raw[name]) for name in DIALECT if name in raw}
    return Rule(new_quota(kind, raw), dict(raw), **dialect)


def listed(name: str, value: Any) -> Any:
    """Return the value of a dialect field; lists as tuples. Raises FaultError for what should be a list."""
    if name not in ("kinds", "headers"):
        return value
    if not isinstance(value, list | tuple):
        raise FaultError(f"{name} is {value!r}; it is a list", name)
    return tuple(value)


def new_quota(kind: str, raw: Mapping[str, Any]) -> Quota:
    """Return the quota of a limit. Raises FaultError."""
    if kind == TokenBucket.kind:
        for name, least in (("rate_per_s", 1e-9), ("burst", 1)):
            value = raw[name]
            if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= MOST:
                raise FaultError(
                    f"{name} is {value!r}; a rate is more than 0 per second with a burst of at least 1", name
                )
        return TokenBucket(raw["rate_per_s"], raw["burst"])
    check_whole("limit", raw["limit"], 1, MOST)
    if kind == Concurrency.kind:
        return Concurrency(raw["limit"])
    check_number("window_s", raw["window_s"], 0.001, 86_400)
    return FixedWindow(raw["limit"], raw["window_s"])
