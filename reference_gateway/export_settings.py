"""Settings of where audit trail, metrics and spans are sent or shown beside their files; nowhere unless set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
SHORTEST_KEY = 16
SIGNALS = ("metrics", "traces")


@dataclass(frozen=True)
class Syslog:
    """Where records are sent: `transport` is tcp or udp."""

    transport: str
    host: str
    port: int


@dataclass(frozen=True)
class ExportSettings:
    """`audit_key`: who shows it may read the trail by HTTP; `otlp_signals`: what is pushed every `otlp_every_s`."""

    syslog: Syslog | None = None
    audit_key: str = field(default="", repr=False)
    otlp_endpoint: str = ""
    otlp_signals: tuple[str, ...] = ("metrics",)
    otlp_every_s: float = 10.0


class Setting(Protocol):
    """Reads one setting by name; `read` raises ValueError for a value that is wrong."""

    def __call__(self, name: str, read: Callable[[str], T]) -> T:
        """Return the value. Raises what the reader of all settings raises."""


def read_export_settings(environment: Mapping[str, str], setting: Setting) -> ExportSettings:
    """Return the settings; each of them may be left out."""

    def optional(name: str, read: Callable[[str], T], default: T) -> T:
        return setting(name, read) if name in environment else default

    return ExportSettings(
        syslog=optional("GATEWAY_AUDIT_SYSLOG", _syslog, None),
        audit_key=optional("GATEWAY_AUDIT_KEY", _key, ""),
        otlp_endpoint=optional("GATEWAY_OTLP_ENDPOINT", _endpoint, ""),
        otlp_signals=optional("GATEWAY_OTLP_SIGNALS", _signals, ExportSettings.otlp_signals),
        otlp_every_s=optional("GATEWAY_OTLP_EVERY_S", _seconds, ExportSettings.otlp_every_s),
    )


def _syslog(text: str) -> Syslog | None:
    parts = urlsplit(text)
    if parts.scheme not in ("tcp", "udp") or not parts.hostname or not parts.port:
        raise ValueError(f"{text!r} is not tcp://host:port or udp://host:port")
    return Syslog(parts.scheme, parts.hostname, parts.port)


def _key(text: str) -> str:
    if len(text) < SHORTEST_KEY:
        raise ValueError(f"a key of at least {SHORTEST_KEY} characters is needed")
    return text


def _endpoint(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise ValueError(f"{text!r} is not an absolute http or https URL")
    return text.rstrip("/")


def _signals(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not set(names) <= set(SIGNALS):
        raise ValueError(f"{text!r} is not a list of {' and '.join(SIGNALS)}, with a comma between")
    return names


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < 3600:
        raise ValueError(f"{text!r} is not a number of seconds above 0 and below an hour")
    return number
