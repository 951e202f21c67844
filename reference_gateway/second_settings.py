"""Settings of a second EHR behind the same address: where consumers reach it, and where it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class SecondEhr:
    """FHIR base for consumers, FHIR base and token endpoint of the EHR, its facility; access is as at the first."""

    base_url: str
    ehr_base_url: str
    ehr_token_url: str
    facility: str


class Setting(Protocol):
    """Reads one setting by name; `read` raises ValueError for a value that is wrong."""

    def __call__(self, name: str, read: Callable[[str], T]) -> T:
        """Return the value. Raises what the reader of all settings raises."""


def read_second(setting: Setting, url: Callable[[str], str]) -> SecondEhr:
    """Return the settings; all are mandatory."""
    return SecondEhr(
        base_url=setting("GATEWAY_SECOND_BASE_URL", url),
        ehr_base_url=setting("GATEWAY_SECOND_EHR_BASE_URL", url),
        ehr_token_url=setting("GATEWAY_SECOND_EHR_TOKEN_URL", url),
        facility=setting("GATEWAY_SECOND_FACILITY", str),
    )
