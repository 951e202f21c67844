"""Defects that break what consumers were promised (CON-17)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reference_gateway.canonical import Canonical
from reference_gateway.defects.defect import swap
from reference_gateway.exchange import FHIR_JSON, Answer, ConsumerRequest, Exchange
from reference_gateway.gateway import Gateway
from reference_gateway.json_text import Json
from reference_gateway.reads import Reads


class ServesPlainJson(Gateway):
    """Labels everything as JSON, as a framework does by itself."""

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer under the wrong media type."""
        answer = await super().answer(request)
        if answer.headers.get("Content-Type") != FHIR_JSON:
            return answer
        return replace(answer, headers={**answer.headers, "Content-Type": "application/json"})


class ServesFirstVersion(Reads):
    """Keeps every record it has ever read and never asks again."""

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self._kept: dict[str, Json] = {}

    def answer(self, exchange: Exchange, resource: Json) -> Answer:
        """Return the record as it was the first time."""
        key = f"{resource['resourceType']}/{resource['id']}"
        return super().answer(exchange, self._kept.setdefault(key, resource))


class ForgetsAppointmentTimes(Canonical):
    """Drops the times of appointments."""

    def undress(self, resource: Json) -> Json:
        """Return the resource; an appointment no longer says when."""
        undressed = super().undress(resource)
        if undressed["resourceType"] == "Appointment":
            undressed.pop("start", None)
            undressed.pop("end", None)
        return undressed


class WritesNumbersAsText(Canonical):
    """Turns measured values into text, to keep their digits."""

    def undress(self, resource: Json) -> Json:
        """Return the resource with a text for a value."""
        undressed = super().undress(resource)
        quantity = undressed.get("valueQuantity", {})
        if "value" in quantity:
            quantity["value"] = str(quantity["value"])
        return undressed


class ForgetsIdentifierSystems(Canonical):
    """Delivers identifiers as bare numbers."""

    def undress(self, resource: Json) -> Json:
        """Return the resource; its identifiers no longer say whose numbers they are."""
        undressed = super().undress(resource)
        for identifier in undressed.get("identifier", []) if undressed["resourceType"] == "Patient" else []:
            identifier.pop("system", None)
        return undressed


DEFECTS = (
    swap("serves-plain-json", "CON-17", "labels FHIR as plain JSON", gateway=ServesPlainJson),
    swap("serves-first-version", "CON-17", "never reads a record a second time", reads=ServesFirstVersion),
    swap("forgets-appointment-times", "CON-17", "drops times of appointments", canonical=ForgetsAppointmentTimes),
    swap("writes-numbers-as-text", "CON-17", "turns values into text", canonical=WritesNumbersAsText),
    swap("forgets-identifier-systems", "CON-17", "drops systems of identifiers", canonical=ForgetsIdentifierSystems),
)
