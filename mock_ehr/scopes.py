"""SMART scopes, version 1 words and version 2 letters (SMART App Launch 2.2, section 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

V1_LETTERS = {"read": "rs", "write": "cud", "*": "cruds"}
LETTERS = {"read": "r", "search": "s", "next-page": "s", "create": "c", "update": "u"}
FORM = re.compile(r"(?P<context>system|user|patient)/(?P<type>\*|[A-Z][A-Za-z]+)\.(?P<access>[a-z*]+)")
LETTER_ORDER = re.compile(r"c?r?u?d?s?")


@dataclass(frozen=True, slots=True)
class Scope:
    """One resource scope: a type or `*`, and letters out of cruds."""

    resource_type: str
    letters: str


def parse_scope(text: str) -> Scope:
    """Return the scope.

    Raises ValueError that says what is valid; category-qualified scopes are not offered.
    """
    form = FORM.fullmatch(text)
    letters = V1_LETTERS.get(form["access"], form["access"]) if form else ""
    if form is None or not letters or not LETTER_ORDER.fullmatch(letters):
        raise ValueError(
            f"scope {text!r} is not understood; valid: system/Patient.read, system/*.*, system/Observation.rs"
            " (letters in the order cruds; scopes with a query are not implemented)"
        )
    return Scope(form["type"], letters)


def allows(scopes: Iterable[Scope], resource_type: str, interaction: str) -> bool:
    """Return whether one of `scopes` covers the interaction (a key of LETTERS) on the type."""
    letter = LETTERS[interaction]
    return any(scope.resource_type in ("*", resource_type) and letter in scope.letters for scope in scopes)
