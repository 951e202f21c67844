"""Consent in force: every record that leaves is one that its patient's Consents let this caller have, for this purpose.

A withheld record is as if it did not exist: the same answer as for an id that nobody has, no place in totals, and no
reference that would betray it.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, Protocol

from reference_gateway.clock import Clock
from reference_gateway.compartment import patients_of
from reference_gateway.consent_provisions import Ask, Provisions, now_utc
from reference_gateway.consent_references import References
from reference_gateway.consent_source import ConsentSource
from reference_gateway.ehr_request import EhrRequest
from reference_gateway.exchange import Exchange
from reference_gateway.json_text import Json
from reference_gateway.refusal import Refusal

PURPOSES = ("TREAT", "ETREAT", "BTG", "HPAYMT", "HOPERAT", "HRESCH", "PUBHLTH", "PATRQT", "COVERAGE", "HMARKT")
EMERGENCY = "BTG"
REASON_HEADER = "X-Access-Reason"
_REASON = re.compile(r"[^\x00-\x1f\x7f]{5,200}")


class ConsentGuard(Protocol):
    """What stands between the EHR's records and the consumer."""

    def identify(self, exchange: Exchange) -> None:
        """Establish the purpose of use. Raises Refusal 403."""

    async def admit(self, exchange: Exchange, patient: str) -> None:
        """Raise Refusal 403 when nothing of the patient may be seen, 502 to 504 when that cannot be established."""

    async def checked(self, exchange: Exchange, resource: Json) -> Json:
        """Return a record as it may be delivered. Raises Refusal 404 when it is withheld, 502 to 504."""

    async def permitted(self, exchange: Exchange, resources: list[Json]) -> list[Json]:
        """Return the records that may be delivered. Raises Refusal 502 to 504."""


class NoConsent:
    """Consent is somebody else's business: everything is delivered."""

    def identify(self, exchange: Exchange) -> None:
        """Ask for nothing."""

    async def admit(self, exchange: Exchange, patient: str) -> None:
        """Admit."""

    async def checked(self, exchange: Exchange, resource: Json) -> Json:  # noqa: ARG002 - see ConsentGuard
        """Return the record."""
        return resource

    async def permitted(self, exchange: Exchange, resources: list[Json]) -> list[Json]:  # noqa: ARG002 - see ConsentGuard
        """Return the records."""
        return resources


class EnforcedConsent:
    """Asks the patient's Consents about every record."""

    def __init__(self, source: ConsentSource, references: References, clock: Clock, emergency_s: float) -> None:
        self.source = source
        self.references = references
        self.clock = clock
        self.emergency_s = emergency_s

    def identify(self, exchange: Exchange) -> None:
        """Establish the purpose of use. Raises Refusal 403."""
        purpose = exchange.caller.purpose if exchange.caller else ""
        if purpose not in PURPOSES:
            text = "the token states no purpose of use that is known: purpose_of_use, a code of HL7 v3 PurposeOfUse"
            raise Refusal(403, "forbidden", text, reason="no-purpose")
        exchange.purpose = purpose
        if purpose == EMERGENCY:
            self.break_glass(exchange)

    def break_glass(self, exchange: Exchange) -> None:
        """Raise Refusal 403 unless the emergency has a reason and is a fresh one."""
        reason = self.reason(exchange)
        if not reason:
            text = f"an emergency needs a reason of 5 to 200 characters in {REASON_HEADER}"
            raise Refusal(403, "forbidden", text, reason="no-emergency-reason")
        exchange.reason = reason
        if self.over(exchange):
            text = "the emergency is over; state it again with a new token"
            raise Refusal(403, "expired", text, reason="emergency-over")

    def reason(self, exchange: Exchange) -> str:
        """Return why the glass is to be broken, "" when no reason is given."""
        text = exchange.request.header(REASON_HEADER).strip()
        return text if _REASON.fullmatch(text) else ""

    def over(self, exchange: Exchange) -> bool:
        """Tell whether the emergency began too long ago."""
        issued = exchange.caller.issued_at if exchange.caller else 0.0
        return self.clock.wall() - issued > self.emergency_s

    async def admit(self, exchange: Exchange, patient: str) -> None:
        """Raise Refusal 403 when nothing of the patient may be seen, 502 to 504 when that cannot be established."""
        provisions = await self.provisions(exchange, patient)
        if provisions and not provisions.permits(self.ask(exchange), None):
            raise Refusal(403, "suppressed", "the patient has not consented to this use", reason="consent-denied")

    async def checked(self, exchange: Exchange, resource: Json) -> Json:
        """Return a record as it may be delivered. Raises Refusal 404 when it is withheld, 502 to 504."""
        if not await self.permits(exchange, resource):
            raise Refusal(404, "not-found", "the record was not found", reason="consent-withheld")
        return (await self.without_traces(exchange, [resource]))[0]

    async def permitted(self, exchange: Exchange, resources: list[Json]) -> list[Json]:
        """Return the records that may be delivered. Raises Refusal 502 to 504."""
        kept = [resource for resource in resources if await self.permits(exchange, resource)]
        return await self.without_traces(exchange, kept)

    async def permits(self, exchange: Exchange, resource: Json) -> bool:
        """Tell whether every patient whose record this is lets it be seen. Raises Refusal 502 to 504."""
        for patient in patients_of(resource):
            provisions = await self.provisions(exchange, patient)
            if provisions and not provisions.permits(self.ask(exchange), resource):
                return False
        return True

    async def without_traces(self, exchange: Exchange, resources: list[Json]) -> list[Json]:
        """Return records without references to withheld ones. Raises Refusal 502 to 504."""
        selective = [resource for resource in resources if await self.is_selective(exchange, resource)]
        named = {text for resource in selective for text in self.references.of(resource)}
        own = {f"{resource['resourceType']}/{resource['id']}" for resource in resources}
        asked = sorted(named - own)
        seen = await asyncio.gather(*(self.may_be_named(exchange, text) for text in asked))
        withheld = {text for text, fine in zip(asked, seen, strict=True) if not fine}
        return [self.references.without(resource, withheld) for resource in resources]

    async def may_be_named(self, exchange: Exchange, text: str) -> bool:
        """Tell whether a reference betrays nothing. Raises Refusal 502 to 504."""
        found = await self.references.read(text, self.call(exchange))
        return found is not None and await self.permits(exchange, found)

    async def is_selective(self, exchange: Exchange, resource: Json) -> bool:
        """Tell whether the record's patient withholds some records. Raises Refusal 502 to 504."""
        held = [await self.provisions(exchange, patient) for patient in patients_of(resource)]
        return any(provisions is not None and provisions.selective for provisions in held)

    async def provisions(self, exchange: Exchange, patient: str) -> Provisions | None:
        """Return what the patient said, None in an emergency. Raises Refusal 502 to 504."""
        if exchange.purpose == EMERGENCY:
            return None
        if patient not in exchange.said:
            exchange.said[patient] = await self.source.of(patient, self.call(exchange))
        found: Provisions = exchange.said[patient]
        return found

    def ask(self, exchange: Exchange) -> Ask:
        """Return the access in question."""
        caller: Any = exchange.caller
        return Ask(str(exchange.purpose), caller.user, caller.client_id, now_utc(self.clock.wall()))

    def call(self, exchange: Exchange) -> EhrRequest:
        """Return a request on the exchange's behalf, to be aimed."""
        return self.references.request(exchange)
