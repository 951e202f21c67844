"""Where consent comes from: the patient's Consents at the EHR, kept for a moment so that a busy chart costs one search.

What cannot be had or understood is not guessed: nothing of that patient is served meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from reference_gateway.bundles import Bundles
from reference_gateway.clock import Clock
from reference_gateway.consent_provisions import Provisions, UnreadableConsent
from reference_gateway.ehr_client import Caller as Ehr
from reference_gateway.ehr_failures import FailureMapping
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.json_text import Json
from reference_gateway.payloads import Payloads
from reference_gateway.refusal import Refusal, not_found, unavailable

_MOST_KEPT = 10_000
_MOST_PAGES = 20
Pairs = tuple[tuple[str, str], ...]


class ConsentSource:
    """Reads and keeps Consents. `saved` is told of each search that was not needed."""

    def __init__(  # noqa: PLR0913 - parts that are put together in one place
        self,
        *,
        ehr: Ehr,
        payloads: Payloads,
        bundles: Bundles,
        provisions: type[Provisions],
        failures: FailureMapping,
        clock: Clock,
        max_age_s: float,
        saved: Callable[[], None],
    ) -> None:
        self.ehr = ehr
        self.payloads = payloads
        self.bundles = bundles
        self.provisions = provisions
        self.failures = failures
        self.clock = clock
        self.max_age_s = max_age_s
        self.saved = saved
        self.kept: OrderedDict[str, tuple[float, Provisions]] = OrderedDict()

    async def of(self, patient: str, call: EhrRequest) -> Provisions:
        """Return what a patient said; `call` is a request on whose behalf it is asked. Raises Refusal 502 to 504."""
        held = self.kept.get(patient)
        if held and self.clock.monotonic() - held[0] < self.max_age_s:
            self.saved()
            return held[1]
        asked = self.clock.monotonic()
        try:
            found = self.provisions.read(await self.consents(patient, call))
        except EhrFailure as failure:
            return self.unknown(patient, self.failures.refusal(failure))
        except Refusal as refusal:
            return self.unknown(patient, refusal)
        except UnreadableConsent:
            await self.require_patient(patient, call)
            return self.unknown(patient)
        self.kept[patient] = (asked, found)
        self.kept.move_to_end(patient)
        if len(self.kept) > _MOST_KEPT:
            self.kept.popitem(last=False)
        return found

    async def require_patient(self, patient: str, call: EhrRequest) -> None:
        """Raise Refusal 404 when the EHR says that there is no such patient: nobody's consent is missing then."""
        path = f"Patient/{quote(patient, safe='')}"
        request = replace(call, method="GET", path=path, resource_type="Patient", query=(), body=None)
        try:
            reply = await self.ehr.call(request)
        except (EhrFailure, Refusal):
            return
        if reply.status in (404, 410):
            raise not_found("the record")

    def unknown(self, patient: str, cause: Refusal | None = None) -> Provisions:  # noqa: ARG002 - for who knows more
        """Raise Refusal: without consent there is no access. Its status tells the EHR's failure where that is why."""
        text, reason = "the patient's consent cannot be established now", "consent-unavailable"
        if cause is None or cause.status < 500:
            raise unavailable(text, 2, reason=reason)
        raise Refusal(cause.status, cause.code, f"{text}: {cause.text}", reason=reason, headers=cause.headers)

    async def consents(self, patient: str, call: EhrRequest) -> list[Json]:
        """Return the patient's Consents, all pages. Raises EhrFailure and Refusal."""
        query: Pairs = (("patient", patient), ("_count", "100"))
        found: list[Json] = []
        for _ in range(_MOST_PAGES):
            request = replace(call, method="GET", path="Consent", resource_type="Consent", query=query, body=None)
            page = self.bundles.read(self.document(await self.ehr.call(request)), "Consent")
            found += [self.owned(item, patient) for item in page.matches]
            if page.next_query is None:
                return found
            query = page.next_query
        raise UnreadableConsent("there are more Consents than can be read")

    def document(self, reply: EhrReply) -> Json:
        """Return the searchset in an answer. Raises Refusal."""
        if reply.status != 200:
            raise UnreadableConsent("the EHR does not give the Consents")
        return self.payloads.document(reply)

    def owned(self, item: object, patient: str) -> Json:
        """Return a match that is a Consent of the patient. Raises UnreadableConsent for another one."""
        if not isinstance(item, dict) or item.get("resourceType") != "Consent":
            raise UnreadableConsent("a match is no Consent")
        reference = item.get("patient")
        owner = str(reference.get("reference", "")) if isinstance(reference, dict) else ""
        if owner.rpartition("/")[2] != patient:
            raise UnreadableConsent("a Consent is another patient's")
        return item
