"""Defects in clocks, ways and what is published of oneself (ENV)."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate

from reference_gateway.capability import Capability
from reference_gateway.defects.defect import swap
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.gateway import Gateway
from reference_gateway.json_text import Json
from reference_gateway.reads import Reads


class TellsWrongTime(Gateway):
    """Lives two minutes behind everybody else."""

    def common_headers(self) -> Mapping[str, str]:
        """Return what every answer says, and a Date of two minutes ago."""
        return {**super().common_headers(), "Date": formatdate(self.steps.clock.wall() - 120, usegmt=True)}


class AnswersWithoutEhr(Reads):
    """Makes up patients."""

    async def serve(self, exchange: Exchange) -> Answer:
        """Return a Patient with the id asked for; other records are read. Raises Refusal and EhrFailure."""
        if exchange.target.resource_type != "Patient":
            return await super().serve(exchange)
        return self.answer(exchange, {"resourceType": "Patient", "id": exchange.target.resource_id})


class PublishesFewerTypes(Capability):
    """Forgets a type in its self-description."""

    def statement(self) -> Json:
        """Return the CapabilityStatement without Appointment."""
        statement = super().statement()
        rest = statement["rest"][0]
        rest["resource"] = [item for item in rest["resource"] if item["type"] != "Appointment"]
        return statement


class PublishesUnclaimedDeletes(Capability):
    """Says that records can be deleted."""

    def resource(self, resource_type: str) -> Json:
        """Return what is served of one type, and more."""
        resource = super().resource(resource_type)
        return {**resource, "interaction": [*resource["interaction"], {"code": "delete"}]}


DEFECTS = (
    swap("tells-wrong-time", "ENV-02", "is two minutes behind", gateway=TellsWrongTime),
    swap("answers-without-ehr", "ENV-03", "makes up patients", reads=AnswersWithoutEhr),
    swap("publishes-fewer-types", "ENV-04", "does not publish a type it serves", capability=PublishesFewerTypes),
    swap("publishes-unclaimed-deletes", "ENV-04", "publishes deletes", capability=PublishesUnclaimedDeletes),
)
