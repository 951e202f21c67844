"""Defects in what is delivered (CON)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reference_gateway.bundles import Bundles, Pairs
from reference_gateway.canonical import Canonical
from reference_gateway.capability import Capability
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_errors import EhrErrors
from reference_gateway.ehr_request import EhrReply
from reference_gateway.error_answers import ErrorAnswers
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.json_text import Json
from reference_gateway.paging import PARAMETER as PAGE
from reference_gateway.refusal import Refusal, outcome
from reference_gateway.search_parameters import PARAMETERS
from reference_gateway.search_rules import Search, SearchRules, parse_query


class InvalidCapabilityStatement(Capability):
    """Describes itself without kind and without resources."""

    def statement(self) -> Json:
        """Return a statement that is no valid one."""
        statement = {name: value for name, value in super().statement().items() if name != "kind"}
        statement["rest"] = [{**statement["rest"][0], "resource": []}]
        return statement


class PromisesUnservedType(Capability):
    """Lists a type that it does not serve."""

    def statement(self) -> Json:
        """Return a statement that promises too much."""
        statement = super().statement()
        promised = {"type": "Procedure", "interaction": [{"code": "read"}, {"code": "search-type"}]}
        statement["rest"][0]["resource"].append(promised)
        return statement


class InvalidResources(Canonical):
    """Spoils resources on the way: observations lose their status, all get a time that is none."""

    def undress(self, resource: Json) -> Json:
        """Return the resource, no longer valid."""
        undressed = super().undress(resource)
        if undressed["resourceType"] == "Observation":
            undressed.pop("status", None)
        return {**undressed, "meta": {"lastUpdated": "yesterday"}}


class RoundsDecimals(Canonical):
    """Reads numbers as floats, so that 1.50 becomes 1.5."""

    def undress(self, resource: Json) -> Json:
        """Return the resource with its decimals as floats."""
        rounded: Json = _rounded(super().undress(resource))
        return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_rounded(child) for child in value]
    return float(value) if isinstance(value, Decimal) else value


class ShiftsDates(Canonical):
    """Takes every date for midnight of another time zone, so that it comes out a day early."""

    def undress(self, resource: Json) -> Json:
        """Return the resource with its dates shifted."""
        shifted: Json = _a_day_early(super().undress(resource))
        return shifted


_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(T.*)?")


def _a_day_early(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _a_day_early(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_a_day_early(child) for child in value]
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    return f"{dt.date.fromisoformat(match[1]) - dt.timedelta(days=1)}{match[2] or ''}"


class LeaksEpicDress(Canonical):
    """Passes the vendor's extensions, identifiers and codes through."""

    def undress(self, resource: Json) -> Json:
        """Return the resource as it came."""
        return resource


class IgnoresDateFilter(SearchRules):
    """Reads date parameters and forgets them."""

    def read(self, resource_type: str, raw_query: str, prefer: str) -> Search:
        """Return the search without its dates."""
        return without(super().read(resource_type, raw_query, prefer), "date")


class IgnoresCodeFilter(SearchRules):
    """Replaces the code in a search by the categories that the gateway knows."""

    def read(self, resource_type: str, raw_query: str, prefer: str) -> Search:
        """Return the search for every category in place of the code."""
        search = super().read(resource_type, raw_query, prefer)
        if resource_type != "Observation" or not any(name == "code" for name, _ in search.filters):
            return search
        kept = tuple(pair for pair in search.filters if pair[0] not in ("code", "category"))
        return Search(resource_type, search.patient, (("category", "vital-signs,laboratory"), *kept), search.count)


def without(search: Search, kind: str) -> Search:
    """Return a search without its parameters of a kind."""
    table = PARAMETERS[search.resource_type]
    kept = tuple(pair for pair in search.filters if table[pair[0]].kind != kind or pair[0] == "birthdate")
    return Search(search.resource_type, search.patient, kept, search.count, search.page)


@dataclass(frozen=True)
class _EchoingSearch(Search):
    """A search that shows parameters it did not use."""

    unused: Pairs = ()

    def used(self) -> Pairs:
        """Return all parameters that were sent."""
        return (*super().used(), *self.unused)


class IgnoresUnknownParameters(SearchRules):
    """Leaves unknown parameters out without being asked to, and repeats them in link[self] as Epic does."""

    def read(self, resource_type: str, raw_query: str, prefer: str) -> Search:
        """Return the search; what it ignores looks as if it was used."""
        search = super().read(resource_type, raw_query, prefer)
        known = (*PARAMETERS[resource_type], "_count", "_format", PAGE)
        unused = tuple(pair for pair in parse_query(raw_query) if pair[0] not in known)
        return _EchoingSearch(**vars(search), unused=unused) if unused else search

    def unknown(self, resource_type: str, name: str, *, lenient: bool) -> None:  # noqa: ARG002 - the honest signature
        """Leave the parameter out."""
        super().unknown(resource_type, name, lenient=True)


class DropsLastMatch(Bundles):
    """Delivers one match too few."""

    def write(self, resource_type: str, resources: Sequence[Json], used: Pairs, next_token: str | None) -> Json:
        """Return the searchset without its last match."""
        return super().write(resource_type, resources[:-1], used, next_token)


class FirstPageOnly(Bundles):
    """Ends every search after its first page."""

    def next_query(self, links: Any, resource_type: str) -> Pairs | None:  # noqa: ARG002 - the honest signature
        """Return no next page."""
        return None


class DeliversOutcomeEntries(Bundles):
    """Passes the EHR's outcome entry of an empty search on as a match."""

    def write(self, resource_type: str, resources: Sequence[Json], used: Pairs, next_token: str | None) -> Json:
        """Return the searchset; an empty one says so in an entry."""
        bundle = super().write(resource_type, resources, used, next_token)
        if not resources:
            told = outcome("not-found", "no match", severity="warning")
            bundle |= {"total": 1, "entry": [{"resource": told, "search": {"mode": "match"}}]}
        return bundle


class LeaksUpstreamLinks(Bundles):
    """Gives out the EHR's own addresses."""

    def write(self, resource_type: str, resources: Sequence[Json], used: Pairs, next_token: str | None) -> Json:
        """Return the searchset with full URLs of the EHR."""
        bundle = super().write(resource_type, resources, used, next_token)
        for entry in bundle.get("entry", []):
            entry["fullUrl"] = entry["fullUrl"].replace(self.base_url, self.ehr_base_url)
        return bundle


class PlainTextErrors(ErrorAnswers):
    """Answers errors in plain text."""

    def answer(self, refusal: Refusal, _exchange: Exchange | None = None) -> Answer:
        """Return the answer."""
        headers = {"Content-Type": "text/plain; charset=utf-8", **refusal.headers}
        return Answer(refusal.status, refusal.text.encode(), headers)


class LeaksUpstreamErrorBodies(EhrErrors):
    """Repeats what the EHR said word for word."""

    def refusal(self, reply: EhrReply) -> Refusal:
        """Return the refusal with the EHR's body for a text."""
        refusal = super().refusal(reply)
        refusal.text = reply.body.decode("utf-8", "replace") or refusal.text
        return refusal


class ServerErrorForUnknownId(ErrorAnswers):
    """Takes what does not exist for a failure of its own."""

    def answer(self, refusal: Refusal, exchange: Exchange | None = None) -> Answer:
        """Return the answer, 500 in place of 404."""
        if refusal.status == 404:
            refusal = Refusal(500, "exception", refusal.text, reason=refusal.reason)
        return super().answer(refusal, exchange)


class ServerErrorForWrongMethod(ErrorAnswers):
    """Takes a method that is not supported for a failure of its own."""

    def answer(self, refusal: Refusal, exchange: Exchange | None = None) -> Answer:
        """Return the answer, 500 in place of 405."""
        if refusal.status == 405:
            refusal = Refusal(500, "exception", refusal.text, reason=refusal.reason)
        return super().answer(refusal, exchange)


DEFECTS = (
    swap("invalid-capability-statement", "CON-01", "describes itself invalidly", capability=InvalidCapabilityStatement),
    swap("promises-unserved-type", "CON-02", "lists a type that it does not serve", capability=PromisesUnservedType),
    swap("invalid-resources", "CON-04", "delivers invalid resources", canonical=InvalidResources),
    swap("shifts-dates", "CON-06", "delivers every date a day early", canonical=ShiftsDates),
    swap("rounds-decimals", "CON-06", "turns 1.50 into 1.5", canonical=RoundsDecimals),
    swap("ignores-date-filter", "CON-07", "forgets date parameters", search_rules=IgnoresDateFilter),
    swap("ignores-code-filter", "CON-07", "searches a whole category for a code", search_rules=IgnoresCodeFilter),
    swap("drops-last-match", "CON-07", "delivers one match too few", bundles=DropsLastMatch),
    swap("first-page-only", "CON-08", "ends searches after the first page", bundles=FirstPageOnly),
    swap("delivers-outcome-entries", "CON-09", "delivers an outcome as a match", bundles=DeliversOutcomeEntries),
    swap("plain-text-errors", "CON-10", "answers errors in plain text", error_answers=PlainTextErrors),
    swap("leaks-upstream-error-bodies", "CON-10", "repeats the EHR's error texts", ehr_errors=LeaksUpstreamErrorBodies),
    swap("server-error-for-unknown-id", "CON-11", "500 for what does not exist", error_answers=ServerErrorForUnknownId),
    swap("server-error-for-wrong-method", "CON-11", "500 for a method", error_answers=ServerErrorForWrongMethod),
    swap(
        "ignores-unknown-parameters", "CON-12", "leaves out unknown parameters", search_rules=IgnoresUnknownParameters
    ),
    swap("leaks-upstream-links", "CON-13", "gives out the EHR's addresses", bundles=LeaksUpstreamLinks),
    swap("leaks-epic-dress", "CON-14", "passes vendor extensions and codes on", canonical=LeaksEpicDress),
)
