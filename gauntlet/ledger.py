"""The two-sided ledger: every exchange of a check, from the consumer's side and from the EHR's journal.

Exchanges are matched by data (each check owns its patients), not by headers, so that a gateway which strips headers
cannot hide anything. Tokens are masked here, before anything is written.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gauntlet.answer import Answer
from gauntlet.result import Exchange

BODY_LIMIT = 4000
_LONGEST_SECRET = 8000  # characters looked at beyond the cut, so that no half of a secret is left
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+(?!(?:realm|scope|error\w*)=)[A-Za-z0-9._~+/=-]{6,}")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)?")
_NAMES = "|".join(
    (
        "access_token",
        "refresh_token",
        "id_token",
        "client_assertion",
        "client_secret",
        "assertion",
        "password",
        "api_?key",
    )
)
_PARAMETER = re.compile(rf"(?i)\b({_NAMES})=[^&\s\"]+")
_JSON_MEMBER = re.compile(rf"(?i)(\\?\"(?:{_NAMES})\\?\"\s*:\s*\\?\")[^\"\\]+")
# Headers whose whole value is a secret, whatever its shape.
_SECRET_HEADERS = frozenset({"proxy-authorization", "cookie", "set-cookie", "x-api-key"})


def masked(text: str) -> str:
    """Return `text` with bearer tokens, JWTs and secrets in parameters and JSON members replaced."""
    text = _JSON_MEMBER.sub(r"\1[redacted]", _PARAMETER.sub(r"\1=[redacted]", text))
    return _JWT.sub("[redacted JWT]", _BEARER.sub(r"\1 [redacted]", text))


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return `headers` with secrets masked."""
    return {name: _masked_header(name.lower(), value) for name, value in headers.items()}


def _masked_header(name: str, value: str) -> str:
    if name == "authorization":
        scheme, blank, _ = value.partition(" ")
        return f"{scheme} [redacted]" if blank else "[redacted]"
    return "[redacted]" if name in _SECRET_HEADERS else masked(value)


def shortened(body: bytes | str) -> str:
    """Return `body` as masked text, cut to `BODY_LIMIT` characters with a note of what was left out."""
    text = body.decode("utf-8", errors="replace") if isinstance(body, bytes) else body
    note = f"... [{len(text) - BODY_LIMIT} more characters]" if len(text) > BODY_LIMIT else ""
    return masked(text[: BODY_LIMIT + _LONGEST_SECRET])[:BODY_LIMIT] + note


@dataclass
class Ledger:
    """The exchanges of one check; `origin` is the check's start in epoch seconds."""

    origin: float
    consumer: list[Exchange] = field(default_factory=list)
    deliver: Callable[[Answer], None] = lambda _: None  # hears of every answer, whole

    def add(self, exchange: Exchange) -> None:
        """Record an exchange of the consumer's side."""
        self.consumer.append(exchange)

    def at(self, epoch_s: float) -> float:
        """Return `epoch_s` as milliseconds since the check began."""
        return (epoch_s - self.origin) * 1000

    def with_upstream(self, entries: Iterable[Mapping[str, Any]]) -> list[Exchange]:
        """Return both sides in order of time; `entries` are the journal's."""
        upstream = [self._from_journal(entry) for entry in entries]
        return sorted([*self.consumer, *upstream], key=lambda exchange: exchange.started_ms)

    def _from_journal(self, entry: Mapping[str, Any]) -> Exchange:
        query = f"?{entry['query']}" if entry["query"] else ""
        return Exchange(
            side="ehr",
            started_ms=self.at(entry["started"]),
            duration_ms=entry["duration_ms"] or 0.0,
            method=entry["method"],
            url=masked(entry["path"] + query),
            status=entry["status"],
            request_headers=masked_headers(entry["request_headers"]),
            request_body=shortened(entry["request_body"] or ""),
            response_headers=masked_headers(entry["response_headers"] or {}),
            response_body=shortened(entry["response_body"] or ""),
            note="" if entry["outcome"] == "answered" else str(entry["outcome"]),
            faults=list(entry["faults"]),
        )


def curl(exchange: Exchange) -> str:
    """Return a command that repeats the consumer's leg of `exchange`; tokens are the variable $TOKEN.

    The URL is sent as it stands: dots are not resolved and brackets are no patterns.
    """
    parts = ["curl", "-i", "--path-as-is", "--globoff", "-X", shlex.quote(exchange.method), shlex.quote(exchange.url)]
    for name, value in exchange.request_headers.items():
        if name.lower() in ("host", "content-length", "connection", "accept-encoding", "user-agent"):
            continue
        text = f"{name}: {value}" if value else f"{name};"
        quoted = f'"{name}: Bearer $TOKEN"' if name.lower() == "authorization" and "[redacted" in value else None
        parts += ["-H", quoted or shlex.quote(text)]
    if exchange.request_body:
        parts += ["--data-raw", shlex.quote(exchange.request_body)]
    return " ".join(parts)
