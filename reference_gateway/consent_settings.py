"""Settings of consent: how long what a patient said is kept, and how long a broken glass stays broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class ConsentSettings:
    """`max_age_s`: Consents are read again this often; `emergency_s`: an emergency lasts so long,
    counted from the issue of its token. Both in seconds.
    """

    max_age_s: float = 1.0
    emergency_s: float = 900.0


class Setting(Protocol):
    """Reads one setting by name; `read` raises ValueError for a value that is wrong."""

    def __call__(self, name: str, read: Callable[[str], T]) -> T:
        """Return the value. Raises what the reader of all settings raises."""


def read_consent_settings(setting: Setting) -> ConsentSettings:
    """Return the settings; both are mandatory where consent is enforced."""
    return ConsentSettings(
        max_age_s=setting("GATEWAY_CONSENT_MAX_AGE_S", _seconds),
        emergency_s=setting("GATEWAY_EMERGENCY_S", _seconds),
    )


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < 86_400:
        raise ValueError(f"{text!r} is not a number of seconds above 0 and below a day")
    return number
