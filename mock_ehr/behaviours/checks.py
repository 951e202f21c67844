"""Checks of what fault definitions say; each failure names the field, the value and what is valid."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RELATIVE_DATE = re.compile(r"date:[+-]?\d{1,9}(\.\d{1,3})?")

Made = TypeVar("Made", bound="DataclassInstance")


class FaultError(ValueError):
    """A fault definition that cannot be used; the message names the field, the value and what is valid.

    `key` is the dotted place of the field in the definition, "" when it is the whole.
    """

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.key = key

    def __str__(self) -> str:
        return f"{self.key}: {self.message}" if "." in self.key else self.message

    def inside(self, table: str) -> FaultError:
        """Return the same error with its key seen from one table further out."""
        return FaultError(self.message, f"{table}.{self.key}" if self.key else table)


def check_status(status: object) -> None:
    """Raise FaultError unless `status` is an HTTP status from 200 to 599."""
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 599:
        raise FaultError(f"status is {status!r}; it is a whole number from 200 to 599", "status")


def check_number(name: str, value: object, low: float, high: float) -> None:
    """Raise FaultError unless `value` is a number between `low` and `high`."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise FaultError(f"{name} is {value!r}; it is a number from {low:g} to {high:g}", name)


def check_whole(name: str, value: object, low: int, high: int) -> None:
    """Raise FaultError unless `value` is a whole number between `low` and `high`."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise FaultError(f"{name} is {value!r}; it is a whole number from {low} to {high}", name)


def check_date(name: str, value: object) -> None:
    """Raise FaultError unless `value` is a text and, when it says `date:`, a number of seconds follows."""
    if not isinstance(value, str) or (value.startswith("date:") and not RELATIVE_DATE.fullmatch(value)):
        raise FaultError(f'{name} is {value!r}; it is a text like "2" or "date:+2"', name)


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise FaultError unless `value` is one of `choices`."""
    if value not in choices:
        raise FaultError(f"{name} is {value!r}; valid: {', '.join(choices)}{closest(value, choices)}", name)


def check_text(name: str, value: object) -> None:
    """Raise FaultError unless `value` is a text."""
    if not isinstance(value, str):
        raise FaultError(f"{name} is {value!r}; it is a text", name)


def check_texts(name: str, value: object) -> None:
    """Raise FaultError unless `value` maps texts to texts."""
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for pair in value.items() for text in pair):
        raise FaultError(f"{name} is {value!r}; it maps texts to texts", name)


def check_flag(name: str, value: object) -> None:
    """Raise FaultError unless `value` is true or false."""
    if not isinstance(value, bool):
        raise FaultError(f"{name} is {value!r}; it is true or false", name)


def closest(value: object, choices: tuple[str, ...]) -> str:
    """Return a hint naming the nearest of `choices`, "" when none is near."""
    near = get_close_matches(str(value), choices, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def build(made: type[Made], raw: Mapping[str, Any], where: str) -> Made:
    """Return the dataclass `made` with the fields in `raw`.

    Raises FaultError for an unknown or a missing field.
    """
    known = {spec.name.rstrip("_"): spec for spec in fields(made)}  # `from_` stands for `from`, a word of Python
    for name in raw:
        if name not in known:
            valid = ", ".join(known) or "none"
            hint = closest(name, tuple(known))
            raise FaultError(f"{where}: unknown field {name!r}; valid: {valid}{hint}", str(name))
    for name, spec in known.items():
        if name not in raw and spec.default is MISSING and spec.default_factory is MISSING:
            raise FaultError(f"{where}: the field {name!r} is missing; valid: {', '.join(known)}", name)
    return made(**{known[name].name: value for name, value in raw.items()})
