"""SMART scopes, version 1 words and version 2 letters (SMART App Launch 2.2, section 3)."""

from __future__ import annotations

import re

V1_LETTERS = {"read": "rs", "write": "cud", "*": "cruds"}
LETTERS = {"read": "r", "search": "s", "next-page": "s", "create": "c", "update": "u"}
FORM = re.compile(r"(?P<context>system|user|patient)/(?P<type>\*|[A-Z][A-Za-z]+)\.(?P<access>[a-z*]+)")
LETTER_ORDER = re.compile(r"c?r?u?d?s?")


Grants = frozenset[tuple[str, str]]  # (resource type or *, one letter of cruds)


def parse_scope(text: str) -> Grants:
    """Return what a scope grants.

    Raises ValueError that says what is valid; category-qualified scopes are not offered.
    """
    form = FORM.fullmatch(text)
    letters = V1_LETTERS.get(form["access"], form["access"]) if form else ""
    if form is None or not letters or not LETTER_ORDER.fullmatch(letters):
        raise ValueError(
            f"scope {text!r} is not understood; valid: system/Patient.read, system/*.*, system/Observation.rs"
            " (letters in the order cruds; scopes with a query are not implemented)"
        )
    return frozenset((form["type"], letter) for letter in letters)


def allows(grants: Grants, resource_type: str, interaction: str) -> bool:
    """Return whether `grants` cover the interaction (a key of LETTERS) on the type."""
    letter = LETTERS[interaction]
    return (resource_type, letter) in grants or ("*", letter) in grants
