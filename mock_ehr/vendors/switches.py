"""Switches of a vendor's habits: fields of a frozen dataclass, set by texts like `total_is_page_size=false`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Switches = TypeVar("Switches", bound="DataclassInstance")


def parse_switches(defaults: Switches, settings: Iterable[str]) -> Switches:
    """Return `defaults` changed by texts `name=value`. Raises ValueError that names what is valid."""
    known = tuple(spec.name for spec in fields(defaults))
    for setting in settings:
        name, _, text = setting.partition("=")
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise ValueError(f"unknown quirk {name!r}{hint}; valid: {', '.join(known)}")
        defaults = replace(defaults, **{name: parse_value(name, text, getattr(defaults, name))})
    return defaults


def parse_value(name: str, text: str, default: object) -> Any:
    """Return `text` as a value of the type that `default` has. Raises ValueError."""
    if isinstance(default, bool):
        if text not in ("true", "false"):
            raise ValueError(f"quirk {name} is {text!r}; valid: true, false")
        return text == "true"
    if isinstance(default, tuple):
        return tuple(part for part in text.split(",") if part)
    try:
        return type(default)(text)  # type: ignore[call-arg]  # int, float and str take a text
    except ValueError as error:
        raise ValueError(f"quirk {name} is {text!r}; it is a {type(default).__name__}") from error
