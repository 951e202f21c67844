"""What may be shown of a text: secrets out, control characters visible, and no longer than asked for.

The harness never stores credentials. This is the last line of defence, in case a gateway echoes one.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

Value = TypeVar("Value")

REDACTED = "[redacted]"

_SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "api-key",
        "x-auth-token",
        "x-amz-security-token",
        "dpop",
    }
)
# The scheme stays, the credential goes; a $NAME or ${NAME} is a reference, not a secret.
_HEADER_LINE = re.compile(
    r"(?i)\b((?:proxy-)?authorization\\?[\"']?\s{0,4}[:=]\s{0,4}\\?[\"']?"
    r"(?:(?:bearer|basic|dpop|digest)\s+|(?=[^\s\"']{0,200}[0-9])))(?!\$|\[redacted\])[^\s\"'\\,;}]+"
)
_SCHEME = re.compile(
    r"(?i)\b(bearer|basic|dpop)\s+(?=[^\s\"']{0,200}[0-9]|[^\s\"']{24})[A-Za-z0-9._~+/-]{8,}=*(?![\w=\"])"
)
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_.-]{30,}")  # a JSON Web Token: base64url of a JSON object's beginning
_FIELD = re.compile(
    r"(?i)(\\?[\"']?\b(?:access_token|refresh_token|id_token|client_secret|client_assertion|password)\b\\?[\"']?"
    r"\s{0,4}[:=]\s{0,4}\\?[\"']?)(?!\$|\[redacted\])[^\s\"'&,;}\\]{4,}"
)
_KEY = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?")
# Without one of these no pattern matches: most texts of a run are done after a quick look.
_SIGNS = (
    "authorization",
    "bearer",
    "basic",
    "dpop",
    "eyj",
    "token",
    "secret",
    "assertion",
    "password",
    "private key",
)
# Joiners (U+200C, U+200D) stay: emoji and several scripts need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


def without_secrets(text: str) -> str:
    """Return `text` with credentials replaced by "[redacted]"."""
    lower = text.lower()
    if not any(sign in lower for sign in _SIGNS):
        return text
    text = _KEY.sub(REDACTED, text)
    text = _HEADER_LINE.sub(rf"\1{REDACTED}", text)
    text = _SCHEME.sub(rf"\1 {REDACTED}", text)
    text = _TOKEN.sub(REDACTED, text)
    return _FIELD.sub(rf"\1{REDACTED}", text)


def visible(text: str) -> str:
    """Return `text` with every character that XML forbids or a screen hides written out, such as "\\x00".

    Bidirectional overrides count as hidden: they make a text read as something else than it is.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(lambda found: _written(ord(found[0])), text.replace("\r\n", "\n").replace("\r", "\\r"))


def _written(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters of `text`, and a note of how many are left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… [{len(text) - limit:,} more characters]"


def one_line(text: str, limit: int) -> str:
    """Return `text` as one line of at most `limit` characters, the last one an ellipsis when it was cut."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit and len(text) <= limit * 4 else line[: max(limit - 1, 0)] + "…"


def lines_joined(text: str) -> str:
    """Return `text` with its lines joined by "; ", for places that have one line only."""
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())


def redacted(value: Value) -> Value:
    """Return a copy of `value` (dataclasses, lists, dicts, strings, at any depth) that is safe to show.

    Credentials are replaced, hidden characters written out. Numbers, enumerations and None stay as they are.
    """
    return _redacted(value)  # type: ignore[no-any-return]


def _redacted(value: Any) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return visible(without_secrets(value))
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    if isinstance(value, dict):
        return {_redacted(name): _header(str(name), item) for name, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _redacted(getattr(value, field.name)) for field in fields(value)})
    return value


def _header(name: str, value: Any) -> Any:
    if not isinstance(value, str) or name.strip().lower() not in _SECRET_HEADERS:
        return _redacted(value)
    scheme, space, credential = value.partition(" ")
    if (credential or scheme).startswith("$"):
        return _redacted(value)
    return f"{_redacted(scheme)}{space}{REDACTED}" if credential else REDACTED
