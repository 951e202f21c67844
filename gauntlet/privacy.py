"""Looking for patient data where it must not be, by what the charts really say."""

from __future__ import annotations

import base64
import hashlib
import re
import urllib.parse
from collections.abc import Collection, Iterator

from synthetic.population import Chart, Phi

# Shorter texts occur by chance in any log ("Li", "Al"); full names cover them.
_SHORTEST = {"name": 5}
_WORD = re.compile(r"[A-Za-z0-9._~+/=-]{16,}")


def found_in(text: str, chart: Chart) -> list[str]:
    """Return what of `chart` stands in `text`, as kinds with the spelling: plain, case-folded, URL or base64."""
    folded = text.casefold()
    return sorted(
        {f"{phi.kind} ({how})" for phi in _telling(chart) for how in _spellings_found(phi.text, text, folded)}
    )


def _telling(chart: Chart) -> Iterator[Phi]:
    for phi in chart.phi():
        if len(phi.text) >= _SHORTEST.get(phi.kind, 4):
            yield phi


def _spellings_found(value: str, text: str, folded: str) -> Iterator[str]:
    if _as_word(value.casefold(), folded):
        yield "plain"
    for encoded in {urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value)} - {value}:
        if encoded.casefold() in folded:
            yield "URL-encoded"
    if base64.b64encode(value.encode()).decode().rstrip("=") in text:
        yield "base64"


def _as_word(value: str, text: str) -> bool:
    """Return whether `value` stands in `text` as a word of its own, not inside a longer word or number."""
    at = text.find(value)
    while at >= 0:
        before = text[at - 1] if at else " "
        after = text[at + len(value)] if at + len(value) < len(text) else " "
        if not (before.isalnum() or after.isalnum()):
            return True
        at = text.find(value, at + 1)
    return False


def fingerprint(token: str) -> str:
    """Return the fingerprint by which the mock EHR's journal names a bearer token: 16 hex digits of SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def holds_token(text: str, fingerprints: Collection[str]) -> bool:
    """Return whether a word of `text` is a token with one of the `fingerprints`."""
    return any(fingerprint(word) in fingerprints for word in _WORD.findall(text))
