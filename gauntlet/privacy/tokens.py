"""Tokens that are known by their fingerprint alone: the mock EHR's journal never shows one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable

_SIGNED = re.compile(rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{16,}")
_WORD = re.compile(r"[A-Za-z0-9._~+/=-]{16,}")


def fingerprint(token: str) -> str:
    """Return the fingerprint by which the mock EHR's journal names a bearer token: 16 hex digits of SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def signed_tokens(lines: Iterable[bytes]) -> int:
    """Return how many different signed tokens (RFC 7515 section 3.1, with their signature) stand in `lines`."""
    return len({token for line in lines for token in _SIGNED.findall(line)})


def holds_token(text: str, fingerprints: Collection[str]) -> bool:
    """Return whether a word of `text` is a token with one of the `fingerprints`, also as `name=token` or in a path."""
    return any(fingerprint(piece) in fingerprints for word in _WORD.findall(text) for piece in _pieces(word))


def _pieces(word: str) -> set[str]:
    parts = {word, *word.split("="), *re.split("[=/]", word)}
    return parts | {part.strip(".") for part in parts}
