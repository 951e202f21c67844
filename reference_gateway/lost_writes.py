"""Finding out what became of a write whose answer was lost, without ever writing twice.

Vital signs can be searched, and the EHR refuses a second reading of one kind at one moment, so sending again is safe
when the search finds nothing. Allergies and problems sit in a holding area where no search finds them: their outcome
stays unknown, and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from reference_gateway import search_dates
from reference_gateway.bundles import Bundles
from reference_gateway.ehr_client import Caller as Ehr
from reference_gateway.ehr_failures import payload_refusal
from reference_gateway.exactly_once import UNKNOWN_OUTCOME
from reference_gateway.exchange import Exchange
from reference_gateway.json_text import Json
from reference_gateway.payloads import Payloads
from reference_gateway.reads import ehr_request
from reference_gateway.refusal import Refusal

SEARCHABLE_AFTER_CREATE = ("Observation",)
_MOST_PAGES = 10


class LostWrites:
    """Reconciles with the EHR."""

    def __init__(self, ehr: Ehr, payloads: Payloads, bundles: Bundles) -> None:
        self.ehr = ehr
        self.payloads = payloads
        self.bundles = bundles

    async def resolve(self, exchange: Exchange, resource: Json, stamp: Json, send: Callable[[], Awaitable[str]]) -> str:
        """Return the id of the record that was, or is now, written. Raises Refusal and EhrFailure.

        `send` writes and returns the id; it raises Refusal 409 duplicate when the EHR has the reading already.
        """
        if resource["resourceType"] not in SEARCHABLE_AFTER_CREATE:
            raise unknown_outcome()
        held = await self.held(exchange, resource)
        found = next((item for item in held if stamp in item.get("identifier", [])), None)
        if found is not None:
            return str(found["id"])
        try:
            return await send()
        except Refusal as refusal:
            same = next((item for item in held if same_reading(item, resource)), None)
            if refusal.code != "duplicate" or same is None:
                raise
            return str(same["id"])

    async def held(self, exchange: Exchange, resource: Json) -> list[Json]:
        """Return the EHR's records of the same patient and code."""
        coding = resource["code"]["coding"][0]
        code = f"{coding['system']}|{coding['code']}" if "system" in coding else str(coding["code"])
        patient = resource["subject"]["reference"].removeprefix("Patient/")
        query: tuple[tuple[str, str], ...] = (("patient", patient), ("code", code), ("_count", "500"))
        records: list[Json] = []
        for _ in range(_MOST_PAGES):
            reply = await self.ehr.call(ehr_request(exchange, "GET", "Observation", query=query))
            if reply.status != 200:
                raise payload_refusal("the search for an earlier write was refused")
            page = self.bundles.read(self.payloads.document(reply), "Observation")
            records.extend(item for item in page.matches if isinstance(item, dict) and "id" in item)
            if page.next_query is None:
                break
            query = page.next_query
        return records


def unknown_outcome() -> Refusal:
    """Return 409: nobody can tell whether an earlier write took effect, so it was not repeated."""
    text = (
        "the EHR's answer to the first request with this idempotency key was lost and it cannot be asked what became "
        "of it; the request was not repeated: look into the chart before writing again"
    )
    return Refusal(409, "conflict", text, reason=UNKNOWN_OUTCOME)


def same_reading(held: Json, sent: Json) -> bool:
    """Tell whether two observations are of one kind, moment and value, as the EHR would refuse twice."""
    try:
        same_moment = _moment(held) == _moment(sent)
    except ValueError:
        return False
    return same_moment and bool(_codes(held) & _codes(sent)) and _value(held) == _value(sent)


def _moment(observation: Json) -> search_dates.Span:
    return search_dates.span(str(observation.get("effectiveDateTime")))


def _codes(observation: Json) -> set[tuple[Any, Any]]:
    return {(item.get("system"), item.get("code")) for item in observation.get("code", {}).get("coding", [])}


def _value(observation: Json) -> Any:
    quantity = observation.get("valueQuantity")
    return quantity.get("value") if isinstance(quantity, dict) else None
