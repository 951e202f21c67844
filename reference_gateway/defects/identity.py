"""Defects in who is who and for how long: users, facilities, withdrawn tokens, the gateway's own key (AUT, UPA)."""

from __future__ import annotations

from typing import Any

from joserfc.jwk import ECKey, RSAKey

from reference_gateway.access import AccessPolicy
from reference_gateway.audit import AuditEvent, AuditTrail
from reference_gateway.defects.defect import swap
from reference_gateway.exchange import Caller
from reference_gateway.facility_limit import FacilityLimit
from reference_gateway.own_key import OwnKey
from reference_gateway.revocation import Revocation
from reference_gateway.scopes import Grant


class TakesSystemsForUsers(AccessPolicy):
    """Honours user scopes of a token that no user stands behind."""

    def usable(self, grant: Grant, caller: Caller) -> bool:
        """Return whether a grant has the context it needs; a user is not asked for."""
        return grant.context == "user" or super().usable(grant, caller)


class AuditForgetsUser(AuditTrail):
    """Records the client alone, whoever sat in front of it."""

    def record(self, event: AuditEvent) -> dict[str, Any]:
        """Return the record without its user."""
        return super().record(AuditEvent(**{**_fields(event), "user": None}))


class AuditNamesClientAsUser(AuditTrail):
    """Records a system as if it were a person."""

    def record(self, event: AuditEvent) -> dict[str, Any]:
        """Return the record; the client stands in for a user that there is not."""
        return super().record(AuditEvent(**{**_fields(event), "user": event.user or event.client_id}))


def _fields(event: AuditEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__dataclass_fields__}


class IgnoresFacility(FacilityLimit):
    """Serves tokens of every facility."""

    def covers(self, facilities: tuple[str, ...]) -> bool:  # noqa: ARG002 - the honest signature
        """Return true."""
        return True


class ComparesFacilityPrefix(FacilityLimit):
    """Takes a facility for this one when its name begins alike."""

    def covers(self, facilities: tuple[str, ...]) -> bool:
        """Return whether a name begins with this facility's."""
        return any(name.startswith(self.facility) for name in facilities)


class NeverAsksForRevocation(Revocation):
    """Honours a token until it expires."""

    async def check(self, raw: str) -> None:
        """Accept."""


class KeepsStandingForever(Revocation):
    """Asks about a token once."""

    def outdated(self, asked_at: float, now: float) -> bool:  # noqa: ARG002 - the honest signature
        """Return false."""
        return False


class BelievesWithoutAnswer(Revocation):
    """Takes a token for good while the issuer does not answer."""

    def unknown(self) -> bool:
        """Return true."""
        return True


class ReadsKeyOnce(OwnKey):
    """Signs with the key that it started with."""

    def current(self) -> RSAKey | ECKey:
        """Return the first key."""
        return self._key


DEFECTS = (
    swap("takes-systems-for-users", "AUT-06", "honours user scopes without a user", access=TakesSystemsForUsers),
    swap("audit-forgets-user", "AUT-06", "records the client without its user", audit=AuditForgetsUser),
    swap("audit-names-client-as-user", "AUT-06", "records a system as a user", audit=AuditNamesClientAsUser),
    swap("ignores-facility", "AUT-14", "serves tokens of every facility", facility=IgnoresFacility),
    swap("compares-facility-prefix", "AUT-14", "compares facilities by beginning", facility=ComparesFacilityPrefix),
    swap("never-asks-for-revocation", "AUT-09", "honours withdrawn tokens", revocation=NeverAsksForRevocation),
    swap("keeps-standing-forever", "AUT-09", "asks about a token once", revocation=KeepsStandingForever),
    swap(
        "believes-without-answer",
        "AUT-09",
        "honours withdrawn tokens while the issuer is down",
        revocation=BelievesWithoutAnswer,
    ),
    swap("reads-key-once", "UPA-10", "signs with the key it started with", own_key=ReadsKeyOnce),
)
