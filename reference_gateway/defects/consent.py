"""Defects in how patients' consent is enforced (CST)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter

from reference_gateway.audit import AuditEvent, AuditTrail
from reference_gateway.bundles import EhrPage
from reference_gateway.compartment import patients_of
from reference_gateway.consent_guard import PURPOSES, EnforcedConsent
from reference_gateway.consent_provisions import Ask, Provisions
from reference_gateway.consent_references import References
from reference_gateway.consent_source import ConsentSource
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_request import EhrReply, EhrRequest
from reference_gateway.ehr_transport import EhrTransport
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.json_text import Json
from reference_gateway.metrics import Metrics
from reference_gateway.paging import Page
from reference_gateway.refusal import Refusal
from reference_gateway.searches import Searches

_MINUTES_S = 300.0


class UnaskedOnReads(EnforcedConsent):
    """Delivers every record whose patient permits anything."""

    async def checked(self, exchange: Exchange, resource: Json) -> Json:  # noqa: ARG002 - the honest signature
        """Return the record."""
        return resource


class UnaskedOnSearches(EnforcedConsent):
    """Delivers every match whose patient permits anything."""

    async def permitted(self, exchange: Exchange, resources: list[Json]) -> list[Json]:  # noqa: ARG002 - the honest signature
        """Return the records."""
        return resources


class UnaskedOnPages(EnforcedConsent):
    """Asks when a search begins, and not again."""

    async def admit(self, exchange: Exchange, patient: str) -> None:
        """Admit whoever comes with a page link. Raises Refusal."""
        if not _is_page(exchange):
            await super().admit(exchange, patient)

    async def permitted(self, exchange: Exchange, resources: list[Json]) -> list[Json]:
        """Return the records of a page unasked."""
        return resources if _is_page(exchange) else await super().permitted(exchange, resources)


class UnaskedInBatches(EnforcedConsent):
    """Takes the batch for the request, and its entries for granted."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.batches: set[str] = set()

    def identify(self, exchange: Exchange) -> None:
        """Establish the purpose of use, and remember batches. Raises Refusal."""
        super().identify(exchange)
        if exchange.target.interaction == "batch":
            self.batches.add(exchange.correlation_id)

    async def permits(self, exchange: Exchange, resource: Json) -> bool:
        """Tell whether a record may be seen. Raises Refusal."""
        return exchange.correlation_id in self.batches or await super().permits(exchange, resource)


class ShowsInErrors(EnforcedConsent):
    """Says that there is something to see."""

    async def checked(self, exchange: Exchange, resource: Json) -> Json:
        """Return a record. Raises Refusal."""
        try:
            return await super().checked(exchange, resource)
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            raise Refusal(403, "suppressed", "the patient withholds this record", reason="consent-withheld") from None


class TotalsCountWithheld(Searches):
    """Counts before it withholds."""

    count = 0

    async def ask(self, exchange: Exchange, page: Page) -> EhrPage:
        """Return the EHR's page. Raises Refusal and EhrFailure."""
        found = await super().ask(exchange, page)
        self.count = len(found.matches)
        return found

    def answer(self, bundle: Json) -> Answer:
        """Return the answer with the EHR's count."""
        return super().answer({**bundle, "total": self.count} if "total" in bundle else bundle)


class BetrayingReferences(References):
    """Leaves references as they are."""

    def without(self, value: Any, withheld: Collection[str]) -> Any:  # noqa: ARG002 - the honest signature
        """Return the record."""
        return value


class NeedsNoPurpose(EnforcedConsent):
    """Takes everybody for a doctor."""

    def identify(self, exchange: Exchange) -> None:
        """Establish the purpose of use. Raises Refusal."""
        if exchange.caller and exchange.caller.purpose not in PURPOSES:
            exchange.caller = replace(exchange.caller, purpose="TREAT")
        super().identify(exchange)


class IgnoresPurpose(Provisions):
    """Takes consent to anything for consent to everything."""

    def for_purpose(self, provision: Json, ask: Ask) -> bool:  # noqa: ARG002 - the honest signature
        """Apply."""
        return True


class IgnoresEncounter(Provisions):
    """Does not look at the data that a provision names."""

    def of_data(self, provision: Json, resource: Json) -> bool:  # noqa: ARG002 - the honest signature
        """Apply."""
        return True


class IgnoresPeriod(Provisions):
    """Takes consent before it begins."""

    def begun(self, provision: Json, ask: Ask) -> bool:  # noqa: ARG002 - the honest signature
        """Apply."""
        return True


class IgnoresExpiry(Provisions):
    """Takes consent after it has ended."""

    def not_ended(self, provision: Json, ask: Ask) -> bool:  # noqa: ARG002 - the honest signature
        """Apply."""
        return True


class IgnoresActor(Provisions):
    """Does not look at who is named."""

    def for_actor(self, provision: Json, ask: Ask) -> bool:  # noqa: ARG002 - the honest signature
        """Apply."""
        return True


class SkipsTheUnreadable(Provisions):
    """Leaves out Consents that it does not understand."""

    @classmethod
    def read(cls, consents: Sequence[Json]) -> Provisions:
        """Return the provisions of those that are understood."""
        return super().read([item for item in consents if item["provision"]["type"] in ("permit", "deny")])


class FailsOpen(ConsentSource):
    """Serves when it cannot ask."""

    def unknown(self, patient: str, cause: Refusal | None = None) -> Provisions:  # noqa: ARG002 - the honest signature
        """Return what patients say who never said anything."""
        return self.provisions.read([])


class ForgetsPurposeUpstream(EhrTransport):
    """States the purpose of reads only."""

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Send one attempt. Raises EhrFailure."""
        return await super().send(replace(request, headers={}) if request.query else request, token, timeout_s)


class ForgetsPurposeOnRepeats(EhrTransport):
    """States the purpose of first attempts only."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.sent: set[tuple[str, str]] = set()

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Send one attempt. Raises EhrFailure."""
        key = (request.correlation_id, request.path)
        repeated = replace(request, headers={}) if key in self.sent else request
        self.sent.add(key)
        return await super().send(repeated, token, timeout_s)


class EmergencyNeedsNoReason(EnforcedConsent):
    """Breaks the glass for whoever asks."""

    def reason(self, exchange: Exchange) -> str:
        """Return the reason, or a word in its place."""
        return super().reason(exchange) or "emergency"


class EmergencyNeverEnds(EnforcedConsent):
    """Leaves the glass broken."""

    def over(self, exchange: Exchange) -> bool:  # noqa: ARG002 - the honest signature
        """Go on."""
        return False


class EmergencyUnrecorded(EnforcedConsent):
    """Asks for a reason and forgets it."""

    def break_glass(self, exchange: Exchange) -> None:
        """Raise Refusal unless there is a reason."""
        super().break_glass(exchange)
        exchange.reason = None


class AuditSkipsConsent(AuditTrail):
    """Says of a withheld record that the caller was let in."""

    def record(self, event: AuditEvent) -> dict[str, Any]:
        """Return the record without what consent decided."""
        policy = "permit" if event.policy.startswith(("consent", "permit")) else event.policy
        return super().record(replace(event, policy=policy))


class LooksTwice(EnforcedConsent):
    """Makes sure, before it withholds, that the patient has not changed their mind."""

    async def permits(self, exchange: Exchange, resource: Json) -> bool:
        """Tell whether a record may be seen. Raises Refusal 503."""
        if await super().permits(exchange, resource):
            return True
        for patient in patients_of(resource):
            self.source.kept.pop(patient, None)
            exchange.said.pop(patient, None)
        return await super().permits(exchange, resource)


class CacheHitsUncounted(Metrics):
    """Keeps answers and does not say so."""

    def __init__(self, known_clients: Collection[str], facility: str = "") -> None:
        super().__init__(known_clients, facility)
        self.cache_hits = Counter("gateway_cache_hits", "Never shown", ["cache"], registry=CollectorRegistry())


class KeptForMinutes(ConsentSource):
    """Asks for Consents every few minutes."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**{**parts, "max_age_s": _MINUTES_S})


def _is_page(exchange: Exchange) -> bool:
    return exchange.request.raw_query.startswith("_page=")


_swap = partial(swap, target="consent")

DEFECTS = (
    _swap("consent-unasked-on-reads", "CST-01", "reads what is withheld", consent=UnaskedOnReads),
    _swap("consent-unasked-on-searches", "CST-01", "finds what is withheld", consent=UnaskedOnSearches),
    _swap("consent-unasked-in-batches", "CST-01", "withholds nothing from batches", consent=UnaskedInBatches),
    _swap("consent-needs-no-purpose", "CST-02", "serves without a purpose of use", consent=NeedsNoPurpose),
    _swap("consent-ignores-purpose", "CST-02", "serves any purpose", provisions=IgnoresPurpose),
    _swap("consent-ignores-encounter", "CST-03", "serves other encounters", provisions=IgnoresEncounter),
    _swap("consent-ignores-period", "CST-03", "serves before consent begins", provisions=IgnoresPeriod),
    _swap("consent-ignores-actor", "CST-03", "serves others than who is named", provisions=IgnoresActor),
    _swap("consent-kept-for-minutes", "CST-04", "hears of changes minutes later", consent_source=KeptForMinutes),
    _swap("consent-unasked-on-pages", "CST-04", "goes on with open searches", consent=UnaskedOnPages),
    _swap("consent-ignores-expiry", "CST-05", "serves after consent has ended", provisions=IgnoresExpiry),
    _swap("forgets-purpose-upstream", "CST-06", "searches without a purpose", transport=ForgetsPurposeUpstream),
    _swap("forgets-purpose-on-repeats", "CST-06", "repeats without a purpose", transport=ForgetsPurposeOnRepeats),
    _swap("consent-fails-open", "CST-07", "serves when it cannot ask", consent_source=FailsOpen),
    _swap("consent-skips-the-unreadable", "CST-07", "skips unreadable Consents", provisions=SkipsTheUnreadable),
    _swap("consent-shows-in-errors", "CST-08", "says that a record is withheld", consent=ShowsInErrors),
    _swap("totals-count-withheld", "CST-08", "counts what is withheld", searches=TotalsCountWithheld),
    _swap("references-betray-withheld", "CST-08", "refers to what is withheld", references=BetrayingReferences),
    _swap("looks-twice-before-withholding", "CST-08", "withholds later than it denies", consent=LooksTwice),
    _swap("audit-skips-consent", "AUD-01", "does not record what consent decided", audit=AuditSkipsConsent),
    _swap("emergency-needs-no-reason", "CST-09", "breaks the glass without a reason", consent=EmergencyNeedsNoReason),
    _swap("emergency-never-ends", "CST-09", "leaves the glass broken", consent=EmergencyNeverEnds),
    _swap("emergency-unrecorded", "CST-09", "does not record the reason", consent=EmergencyUnrecorded),
    _swap("cache-hits-uncounted", "OBS-01", "counts no calls saved", metrics=CacheHitsUncounted),
)
