"""Defects that only show when somebody sends what nobody thought of (CON-18)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from reference_gateway.defects.defect import swap
from reference_gateway.error_answers import ErrorAnswers
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.json_text import Json
from reference_gateway.reads import Reads
from reference_gateway.refusal import Refusal
from reference_gateway.search_parameters import PARAMETERS, Parameter
from reference_gateway.search_rules import Search, SearchRules


class StumblesOverOddCodes(SearchRules):
    """Expects the characters of codes to be those of a code."""

    def check_value(self, name: str, parameter: Parameter, value: str) -> None:
        """Fail on a code with a character beyond ASCII."""
        super().check_value(name, parameter, value)
        if parameter.kind == "token":
            value.encode("ascii")


class AnswersPagesForHumans(ErrorAnswers):
    """Answers a refused search with a page, as the framework does."""

    def answer(self, refusal: Refusal, exchange: Exchange | None = None) -> Answer:
        """Return the answer, a page for 400."""
        if refusal.status != 400:
            return super().answer(refusal, exchange)
        return Answer(400, b"<html><h1>Bad Request</h1></html>", {"Content-Type": "text/html"})


class ExplainsRefusalsByTraces(ErrorAnswers):
    """Tells where in the code a request was refused."""

    def answer(self, refusal: Refusal, exchange: Exchange | None = None) -> Answer:
        """Return the answer with a trace in its text."""
        if refusal.status == 400:
            refusal.text = f'File "/srv/gateway/search_rules.py", line 118, in read: ValueError: {refusal.text}'
        return super().answer(refusal, exchange)


class NamesPatientsInRefusals(Reads):
    """Helps those who mistype an id: suggests the patient who was read last."""

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self._last = ""

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the record. Raises Refusal with somebody's name."""
        try:
            return await super().serve(exchange)
        except Refusal as refusal:
            if refusal.status == 404 and self._last:
                refusal.text = f"{refusal.text}; did you mean {self._last}?"
            raise

    def answer(self, exchange: Exchange, resource: Json) -> Answer:
        """Return the answer, and remember the patient."""
        if resource["resourceType"] == "Patient":
            name = resource["name"][0]
            self._last = f"{' '.join(name.get('given', []))} {name.get('family', '')}, born {resource['birthDate']}"
        return super().answer(exchange, resource)


class FindsSomebodyForOddIds(SearchRules):
    """Takes an id that cannot be one for the patient on the screen: the last one who was searched for."""

    last = ""

    def patient(self, value: str) -> str:
        """Return the id in a patient parameter, somebody's in any case."""
        patient = super().patient(value)
        if len(patient) < len("eShortestId") and self.last:
            return self.last
        if len(patient) >= len("eShortestId"):
            self.last = patient
        return patient


class DropsOddFilters(SearchRules):
    """Leaves out filters whose value is no code that it knows how to spell."""

    def read(self, resource_type: str, raw_query: str, prefer: str) -> Search:
        """Return the search without such filters."""
        search = super().read(resource_type, raw_query, prefer)
        table = PARAMETERS[resource_type]
        kept = tuple(
            (name, value)
            for name, value in search.filters
            if table[name].kind != "token" or name == "_id" or re.fullmatch(r"[A-Za-z0-9|:/.\-]{2,120}", value)
        )
        return replace(search, filters=kept)


DEFECTS = (
    swap("stumbles-over-odd-codes", "CON-18", "500 for a code beyond ASCII", search_rules=StumblesOverOddCodes),
    swap("answers-pages-for-humans", "CON-18", "HTML for a refused request", error_answers=AnswersPagesForHumans),
    swap("explains-refusals-by-traces", "CON-18", "shows its code in refusals", error_answers=ExplainsRefusalsByTraces),
    swap("names-patients-in-refusals", "CON-18", "suggests a patient for an unknown id", reads=NamesPatientsInRefusals),
    swap("finds-somebody-for-odd-ids", "CON-18", "another patient for an odd id", search_rules=FindsSomebodyForOddIds),
    swap("drops-odd-filters", "CON-18", "leaves out filters it cannot spell", search_rules=DropsOddFilters),
)
