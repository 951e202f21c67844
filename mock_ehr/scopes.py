"""SMART scopes, version 1 words and version 2 letters (SMART App Launch 2.2, section 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

V1_LETTERS = {"read": "rs", "write": "cud", "*": "cruds"}
LETTERS = {"read": "r", "search": "s", "next-page": "s", "create": "c", "update": "u"}
FORM = re.compile(r"(?P<context>system|user|patient)/(?P<type>\*|[A-Z][A-Za-z]+)\.(?P<access>[a-z*]+)")
LETTER_ORDER = re.compile(r"c?r?u?d?s?")
# Scopes that are no right to data: launch context, identity, refresh (SMART App Launch 2.2, "Scopes").
NAMED = (
    "launch",
    "launch/patient",
    "launch/encounter",
    "openid",
    "fhirUser",
    "profile",
    "offline_access",
    "online_access",
)


Grants = frozenset[tuple[str, str]]  # (resource type or *, one letter of cruds)


@dataclass(frozen=True, slots=True)
class Scope:
    """A right to data: for the whole system, for what a user may see, or for the patient of the launch."""

    context: str  # system, user or patient
    type: str  # resource type or *
    letters: str  # in the order cruds
    text: str  # as written

    @property
    def grants(self) -> Grants:
        """Return what the scope grants, whatever its context."""
        return frozenset((self.type, letter) for letter in self.letters)


def read_scope(text: str) -> Scope:
    """Return the right to data that `text` is.

    Raises ValueError that says what is valid; category-qualified scopes are not offered.
    """
    form = FORM.fullmatch(text)
    letters = V1_LETTERS.get(form["access"], form["access"]) if form else ""
    if form is None or not letters or not LETTER_ORDER.fullmatch(letters):
        raise ValueError(
            f"scope {text!r} is not understood; valid: system/Patient.read, system/*.*, system/Observation.rs"
            f" (letters in the order cruds; scopes with a query are not implemented), {', '.join(NAMED)}"
        )
    return Scope(form["context"], form["type"], letters, text)


def parse_scope(text: str) -> Grants:
    """Return what a scope grants; nothing for one that is no right to data. Raises ValueError."""
    return frozenset() if text in NAMED else read_scope(text).grants


def rights(texts: Iterable[str]) -> tuple[Scope, ...]:
    """Return the rights to data among `texts`; what is none, or not understood, is left out."""
    found = []
    for text in texts:
        try:
            found.append(read_scope(text))
        except ValueError:
            continue
    return tuple(found)


def allows(grants: Grants, resource_type: str, interaction: str) -> bool:
    """Return whether `grants` cover the interaction (a key of LETTERS) on the type."""
    letter = LETTERS[interaction]
    return (resource_type, letter) in grants or ("*", letter) in grants


def narrow(asked: Scope, registered: Scope) -> Scope | None:
    """Return what both have in common, in the words of `asked` where they still fit; None when nothing is."""
    if asked.context != registered.context or (
        asked.type != registered.type and "*" not in (asked.type, registered.type)
    ):
        return None
    letters = "".join(letter for letter in asked.letters if letter in registered.letters)
    if not letters:
        return None
    resource_type = registered.type if asked.type == "*" else asked.type
    if (resource_type, letters) == (asked.type, asked.letters):
        return asked
    words = {value: word for word, value in V1_LETTERS.items()}
    access = words.get(letters, letters) if asked.text.rpartition(".")[2] in V1_LETTERS else letters
    return Scope(asked.context, resource_type, letters, f"{asked.context}/{resource_type}.{access}")


def granted(asked: Iterable[str], registered: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes a launch gets: what it asked for as far as it is registered.

    Without a right to data among `asked`, every registered one of a user or patient is granted: Epic's `scope` is
    optional (its OAuth 2.0 page, "Standalone Launch", step 1). Named scopes have to be asked for.
    """
    known = tuple(registered)
    wanted = tuple(asked)
    data = rights(wanted)
    ours = [scope for scope in rights(known) if scope.context != "system"]
    if data:
        both = [narrow(one, other) for one in data for other in ours]
        texts = [scope.text for scope in both if scope is not None]
    else:
        texts = [scope.text for scope in ours]
    named = [text for text in wanted if text in NAMED and text in known]
    return tuple(dict.fromkeys((*texts, *named)))
