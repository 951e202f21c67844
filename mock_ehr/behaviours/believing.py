"""Faults of what the EHR believes: whose token, what time, whose data, how old, which certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mock_ehr.behaviours.checks import check_choice, check_number
from mock_ehr.behaviours.stage import Stage

CERTIFICATES = ("good", "expired", "not-yet-valid", "other-host", "self-signed", "unknown-authority")


@dataclass(frozen=True, slots=True)
class TokenExpiry:
    """Expire the bearer token of the request at once, so that it and all later ones get the vendor's 401."""

    kind: ClassVar[str] = "token-expiry"
    stage: ClassVar[Stage] = Stage.STATE


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """Serve the request on a clock that is `offset_s` seconds fast (slow when negative).

    Its Date, its token times and its timestamps are off; the journal's are not.
    """

    kind: ClassVar[str] = "clock"
    stage: ClassVar[Stage] = Stage.STATE
    offset_s: float

    def __post_init__(self) -> None:
        check_number("offset_s", self.offset_s, -4e9, 4e9)


@dataclass(frozen=True, slots=True)
class WrongPatient:
    """Answer with another patient's data."""

    kind: ClassVar[str] = "wrong-patient"
    stage: ClassVar[Stage] = Stage.SOURCE


@dataclass(frozen=True, slots=True)
class Stale:
    """Answer with the version before the last write: a read replica or a cache that lags behind.

    A changed record shows its earlier version, a created one is not there yet.
    """

    kind: ClassVar[str] = "stale"
    stage: ClassVar[Stage] = Stage.SOURCE


@dataclass(frozen=True, slots=True)
class Certificate:
    """Show another certificate to the TLS connections that are struck; needs a data side that speaks TLS."""

    kind: ClassVar[str] = "certificate"
    stage: ClassVar[Stage] = Stage.CONNECTION
    shown: str

    def __post_init__(self) -> None:
        check_choice("shown", self.shown, CERTIFICATES)
