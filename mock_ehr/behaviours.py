"""What a fault does to an exchange: the vocabulary, one frozen dataclass a word, checked when it is made.

Words that answer in the EHR's place (status, storm, html, stall, drop before) keep the request from taking
effect; all others act on a request that was processed, so a create is committed and only its answer suffers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RELATIVE_DATE = re.compile(r"date:[+-]?\d{1,9}(\.\d{1,3})?")
BODIES = ("vendor", "html", "empty", "operation-outcome")
DROPS = ("before", "amid", "after")


Made = TypeVar("Made", bound="DataclassInstance")


class FaultError(ValueError):
    """A fault definition that cannot be used; the message names the field, the value and what is valid."""


@dataclass(frozen=True, slots=True)
class Status:
    """Answer `status` with `headers`; a header value `date:+2` becomes the HTTP-date 2 s after the answer."""

    kind: ClassVar[str] = "status"
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = "vendor"

    def __post_init__(self) -> None:
        check_status(self.status)
        check_choice("body", self.body, BODIES)
        check_texts("headers", self.headers)
        for name, value in self.headers.items():
            check_date(name, value)


@dataclass(frozen=True, slots=True)
class Storm:
    """Answer 429 (or another status) with or without Retry-After: `"2"` or `"date:+2"`."""

    kind: ClassVar[str] = "storm"
    status: int = 429
    retry_after: str | None = None
    body: str = "vendor"

    def __post_init__(self) -> None:
        check_status(self.status)
        check_choice("body", self.body, BODIES)
        if self.retry_after is not None:
            check_date("retry_after", self.retry_after)


@dataclass(frozen=True, slots=True)
class Delay:
    """Process at once and answer `seconds` later."""

    kind: ClassVar[str] = "delay"
    seconds: float

    def __post_init__(self) -> None:
        check_number("seconds", self.seconds, 0, 3600)


@dataclass(frozen=True, slots=True)
class Stall:
    """Never answer and keep the connection."""

    kind: ClassVar[str] = "stall"


@dataclass(frozen=True, slots=True)
class Drop:
    """Reset the connection: before processing, amid the answer, or after processing without an answer."""

    kind: ClassVar[str] = "drop"
    when: str = "before"

    def __post_init__(self) -> None:
        check_choice("when", self.when, DROPS)


@dataclass(frozen=True, slots=True)
class Truncate:
    """Send the full Content-Length and only `bytes` bytes of the body, then close."""

    kind: ClassVar[str] = "truncate"
    bytes: int

    def __post_init__(self) -> None:
        check_number("bytes", self.bytes, 0, 1 << 30)


@dataclass(frozen=True, slots=True)
class Html:
    """Answer 200 with a text/html page, as a log-in page or a proxy in front does."""

    kind: ClassVar[str] = "html"


@dataclass(frozen=True, slots=True)
class Corrupt:
    """Answer with the right status and broken JSON."""

    kind: ClassVar[str] = "corrupt"


@dataclass(frozen=True, slots=True)
class Empty:
    """Answer 200 without a body."""

    kind: ClassVar[str] = "empty"


@dataclass(frozen=True, slots=True)
class WrongPatient:
    """Answer with another patient's data."""

    kind: ClassVar[str] = "wrong-patient"


@dataclass(frozen=True, slots=True)
class Drift:
    """Change the shape of each resource: `rename` {"a.b": "c"}, `remove` ["a.b"], `set` {"a.b": value}.

    A path may begin with a resource type ("Observation.valueQuantity.value") and then concerns that type
    alone.
    """

    kind: ClassVar[str] = "drift"
    rename: Mapping[str, str] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    set: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_texts("rename", self.rename)
        if not isinstance(self.remove, list | tuple) or not all(isinstance(path, str) for path in self.remove):
            raise FaultError(f"remove is {self.remove!r}; it is a list of dotted paths")
        if not isinstance(self.set, Mapping):
            raise FaultError(f"set is {self.set!r}; it maps dotted paths to values")
        if not (self.rename or self.remove or self.set):
            raise FaultError("drift changes nothing; give at least one of rename, remove, set")


@dataclass(frozen=True, slots=True)
class TokenExpiry:
    """Expire the bearer token of the request at once, so that it and all later ones get the vendor's 401."""

    kind: ClassVar[str] = "token-expiry"


Behaviour = (
    Status | Storm | Delay | Stall | Drop | Truncate | Html | Corrupt | Empty | WrongPatient | Drift | TokenExpiry
)
VOCABULARY: Mapping[str, type[Behaviour]] = {
    word.kind: word
    for word in (
        Status, Storm, Delay, Stall, Drop, Truncate, Html, Corrupt, Empty, WrongPatient, Drift, TokenExpiry,
    )
}  # fmt: skip


def check_status(status: object) -> None:
    """Raise FaultError unless `status` is an HTTP status from 200 to 599."""
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 599:
        raise FaultError(f"status is {status!r}; it is a whole number from 200 to 599")


def check_number(name: str, value: object, low: float, high: float) -> None:
    """Raise FaultError unless `value` is a number between `low` and `high`."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise FaultError(f"{name} is {value!r}; it is a number from {low} to {high}")


def check_date(name: str, value: object) -> None:
    """Raise FaultError unless `value` is a text and, when it says `date:`, a number of seconds follows."""
    if not isinstance(value, str) or (value.startswith("date:") and not RELATIVE_DATE.fullmatch(value)):
        raise FaultError(f'{name} is {value!r}; it is a text like "2" or "date:+2"')


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise FaultError unless `value` is one of `choices`."""
    if value not in choices:
        raise FaultError(f"{name} is {value!r}; valid: {', '.join(choices)}{closest(value, choices)}")


def check_texts(name: str, value: object) -> None:
    """Raise FaultError unless `value` maps texts to texts."""
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for pair in value.items() for text in pair):
        raise FaultError(f"{name} is {value!r}; it maps texts to texts")


def closest(value: object, choices: tuple[str, ...]) -> str:
    """Return a hint naming the nearest of `choices`, "" when none is near."""
    near = get_close_matches(str(value), choices, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def parse_behaviour(raw: object) -> Behaviour:
    """Return the behaviour that the JSON object `raw` describes. Raises FaultError."""
    if not isinstance(raw, Mapping) or "kind" not in raw:
        raise FaultError(f"behaviour is {raw!r}; it is an object with a kind, one of {', '.join(VOCABULARY)}")
    check_choice("behaviour kind", raw["kind"], tuple(VOCABULARY))
    word = VOCABULARY[raw["kind"]]
    return build(word, {name: value for name, value in raw.items() if name != "kind"}, f"behaviour {word.kind}")


def build(made: type[Made], raw: Mapping[str, Any], where: str) -> Made:
    """Return the dataclass `made` with the fields in `raw`.

    Raises FaultError for an unknown or a missing field.
    """
    known = {spec.name: spec for spec in fields(made)}
    for name in raw:
        if name not in known:
            valid = ", ".join(known) or "none"
            raise FaultError(f"{where}: unknown field {name!r}; valid: {valid}{closest(name, tuple(known))}")
    for name, spec in known.items():
        if name not in raw and spec.default is MISSING and spec.default_factory is MISSING:
            raise FaultError(f"{where}: the field {name!r} is missing")
    return made(**raw)
