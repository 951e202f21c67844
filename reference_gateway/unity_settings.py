"""Settings of a gateway in front of Allscripts Unity: who it is there, the site's time zone, the terminology table."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reference_gateway.terminology import ConceptMap, read_concept_map

T = TypeVar("T")
IDLE_LIMIT_S = 1200.0  # what sites commonly have; a shorter one is noticed by the EHR's refusal


@dataclass(frozen=True)
class UnitySettings:
    """All of it. `local_codes` begins the systems of this site's own codes, one for each section of the chart."""

    username: str
    password: str
    user: str
    user_password: str
    app_name: str
    time_zone: ZoneInfo
    mrn_system: str
    concept_map: ConceptMap
    local_codes: str = "urn:unity:"
    idle_limit_s: float = IDLE_LIMIT_S


class Setting(Protocol):
    """Reads one setting by name; `read` raises ValueError or OSError for a value that is wrong."""

    def __call__(self, name: str, read: Callable[[str], T]) -> T:
        """Return the value. Raises what the reader of all settings raises."""


def read_unity(setting: Setting) -> UnitySettings:
    """Return the settings of Unity; all are mandatory, so that nothing about codes or times is assumed."""
    return UnitySettings(
        username=setting("GATEWAY_EHR_USERNAME", str),
        password=setting("GATEWAY_EHR_PASSWORD_FILE", _secret),
        user=setting("GATEWAY_EHR_USER", str),
        user_password=setting("GATEWAY_EHR_USER_PASSWORD_FILE", _secret),
        app_name=setting("GATEWAY_EHR_APP_NAME", str),
        time_zone=setting("GATEWAY_EHR_TIME_ZONE", _zone),
        mrn_system=setting("GATEWAY_EHR_MRN_SYSTEM", str),
        concept_map=setting("GATEWAY_TERMINOLOGY_FILE", _concept_map),
        local_codes=setting("GATEWAY_EHR_LOCAL_CODES", str),
    )


def _secret(text: str) -> str:
    secret = Path(text).read_text(encoding="utf-8").strip()
    if not secret:
        raise ValueError(f"{text} is empty")
    return secret


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{text!r} is no time zone of the IANA database, such as America/New_York") from None


def _concept_map(text: str) -> ConceptMap:
    return read_concept_map(json.loads(Path(text).read_text(encoding="utf-8")))
