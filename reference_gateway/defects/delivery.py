"""Defects in what is delivered that only show in a rarely read type, a later page or an error (CON-04, CON-05)."""

from __future__ import annotations

from collections.abc import Sequence

from reference_gateway.bundles import Bundles, Pairs
from reference_gateway.canonical import Canonical
from reference_gateway.defects.defect import swap
from reference_gateway.error_answers import ErrorAnswers
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.json_text import Json, read, write
from reference_gateway.paging import PARAMETER as PAGE
from reference_gateway.refusal import Refusal


class SpoilsAppointments(Canonical):
    """Writes participants of appointments without their required status."""

    def undress(self, resource: Json) -> Json:
        """Return the resource; an appointment is no longer valid."""
        undressed = super().undress(resource)
        if undressed["resourceType"] == "Appointment":
            for participant in undressed["participant"]:
                participant.pop("status", None)
        return undressed


class SpoilsLaterPages(Bundles):
    """Builds the first page by the book and the following ones by hand."""

    def write(self, resource_type: str, resources: Sequence[Json], used: Pairs, next_token: str | None) -> Json:
        """Return the searchset; after the first page its entries have a search mode that does not exist."""
        bundle = super().write(resource_type, resources, used, next_token)
        if any(name == PAGE for name, _ in used):
            for entry in bundle.get("entry", []):
                entry["search"] = {"mode": "matched"}
        return bundle


class ShapelessOutcomes(ErrorAnswers):
    """Leaves the required severity out of what it says about errors."""

    def answer(self, refusal: Refusal, exchange: Exchange | None = None) -> Answer:
        """Return the answer with an OperationOutcome that is not valid."""
        answer = super().answer(refusal, exchange)
        outcome = read(answer.body)
        for issue in outcome["issue"]:
            issue.pop("severity", None)
        return Answer(answer.status, write(outcome), answer.headers)


class StripsPatientIdentifiers(Canonical):
    """Takes every identifier of a patient for an internal one."""

    def drop_internal_identifiers(self, patient: Json) -> None:
        """Drop them all."""
        patient.pop("identifier")


class ForgetsVisitTypes(Canonical):
    """Drops the type of an encounter, which R4 does not require and US Core does."""

    def undress(self, resource: Json) -> Json:
        """Return the resource without the type of an encounter."""
        undressed = super().undress(resource)
        if undressed["resourceType"] == "Encounter":
            undressed.pop("type", None)
        return undressed


class ForgetsOptionalElements(Canonical):
    """Keeps what R4 requires of prescriptions and conditions and drops some of the rest."""

    def undress(self, resource: Json) -> Json:
        """Return the resource without how often a prescription may be refilled and when a condition was recorded."""
        undressed = super().undress(resource)
        for name in ("dispenseRequest", "recordedDate"):
            undressed.pop(name, None)
        return undressed


DEFECTS = (
    swap("spoils-appointments", "CON-04", "delivers invalid appointments, else valid", canonical=SpoilsAppointments),
    swap("spoils-later-pages", "CON-04", "delivers invalid pages after the first", bundles=SpoilsLaterPages),
    swap("shapeless-outcomes", "CON-04", "leaves required elements out of errors", error_answers=ShapelessOutcomes),
    swap("strips-patient-identifiers", "CON-05", "drops all identifiers", canonical=StripsPatientIdentifiers),
    swap("forgets-visit-types", "CON-05", "drops the type of encounters", canonical=ForgetsVisitTypes),
    swap("forgets-optional-elements", "CON-05", "drops must-support elements", canonical=ForgetsOptionalElements),
)
