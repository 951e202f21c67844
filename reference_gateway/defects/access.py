"""Defects in what a token reaches (AUT, NEG-06)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from multidict import CIMultiDict, CIMultiDictProxy

from reference_gateway.access import AccessPolicy, Decision
from reference_gateway.bundles import Pairs
from reference_gateway.defects.defect import swap
from reference_gateway.exchange import Answer, Caller, ConsumerRequest
from reference_gateway.gateway import Gateway
from reference_gateway.json_text import Json
from reference_gateway.paging import PARAMETER, Page, PageTokens
from reference_gateway.scopes import Grant, grants
from reference_gateway.search_rules import Search, SearchRules, parse_query
from reference_gateway.searches import Searches

_SEPARATOR = re.compile(r",|;patient=")
_MODIFIER = re.compile(r"[.:\[]")


class IgnoresScopeType(AccessPolicy):
    """Takes a scope for one type as one for all."""

    def covering(self, caller: Caller, resource_type: str, action: str) -> Iterable[Grant]:  # noqa: ARG002 - the honest signature
        """Return the grants of the action, whatever their type."""
        return [grant for grant in grants(caller.scope) if action in grant.actions]


class IgnoresScopeAction(AccessPolicy):
    """Takes a scope for one action as one for all."""

    def covering(self, caller: Caller, resource_type: str, action: str) -> Iterable[Grant]:  # noqa: ARG002 - the honest signature
        """Return the grants of the type, whatever their actions."""
        return [grant for grant in grants(caller.scope) if grant.covers_type(resource_type)]


class IgnoresPatientScopeOnRead(AccessPolicy):
    """Reads any record with a token for one patient."""

    def check_read(self, decision: Decision, resource_type: str, resource_id: str) -> None:
        """Accept."""

    def check_delivery(self, decision: Decision, resource: Json) -> None:
        """Accept."""


class IgnoresPatientScopeOnSearch(AccessPolicy):
    """Searches any patient's records with a token for one patient."""

    def patient_for_search(self, decision: Decision, asked: str | None) -> str | None:
        """Return the patient asked for."""
        return asked or decision.patient


class IgnoresPatientScopeOnCreate(AccessPolicy):
    """Writes about any patient with a token for one."""

    def check_create(self, decision: Decision, resource: Json) -> None:
        """Accept."""


class AcceptsForeignPages(PageTokens):
    """Opens page links that were made for somebody else."""

    def owner(self, caller: Caller) -> bytes:  # noqa: ARG002 - the honest signature
        """Return the same owner for everybody."""
        return b"anybody"


class ServesForeignPages(Searches):
    """Believes that whoever holds a page link may see the page."""

    def first_or_next(self, search: Search, caller: Caller, decision: Decision) -> tuple[Page, Pairs]:
        """Return the page of a link without asking whose it is."""
        if search.page is None:
            return super().first_or_next(search, caller, decision)
        return self.pages.open(search.page, caller), ((PARAMETER, search.page),)


class AcceptsQueryToken(Gateway):
    """Takes a token out of the address."""

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer to the request with its token moved into the header."""
        return await super().answer(_moved(request))


def _moved(request: ConsumerRequest) -> ConsumerRequest:
    pairs = parse_qsl(request.raw_query, keep_blank_values=True)
    tokens = [value for name, value in pairs if name == "access_token"]
    if not tokens or "Authorization" in request.headers:
        return request
    headers = CIMultiDict(request.headers)
    headers["Authorization"] = f"Bearer {tokens[0]}"
    rest = urlencode([pair for pair in pairs if pair[0] != "access_token"])
    return replace(request, raw_query=rest, headers=CIMultiDictProxy(headers))


@dataclass(frozen=True)
class _PollutedSearch(Search):
    """A search in which a second patient was smuggled in."""

    other: str | None = None


class WidensRepeatedPatient(SearchRules):
    """Checks the first patient of a search and asks the EHR for the last."""

    def read(self, resource_type: str, raw_query: str, prefer: str) -> Search:
        """Return the search of the first patient, with the last one in its pocket."""
        pairs = self.order(parse_query(raw_query))
        named = [part for name, value in pairs if _names_patient(name) for part in _SEPARATOR.split(value)]
        if resource_type == "Patient" or len(named) < 2:
            return super().read(resource_type, raw_query, prefer)
        kept = [("patient", named[0]), *(pair for pair in pairs if not _names_patient(pair[0]))]
        search = super().read(resource_type, urlencode(kept), prefer)
        return _PollutedSearch(**vars(search), other=self.patient(named[-1]))

    def order(self, pairs: Pairs) -> Pairs:
        """Return the pairs with what is checked first."""
        return pairs

    def limited_to(self, search: Search, patient: str | None) -> Search:
        """Return the search, for the smuggled patient if there is one."""
        other = search.other if isinstance(search, _PollutedSearch) else None
        return super().limited_to(search, other or patient)


def _names_patient(name: str) -> bool:
    stem = _MODIFIER.split(name.lower())[-1 if name.startswith("_has:") else 0]
    return stem in ("patient", "subject")


DEFECTS = (
    swap("ignores-scope-type", "AUT-04", "takes a scope for one type as one for all", access=IgnoresScopeType),
    swap("ignores-scope-action", "AUT-04", "takes a scope for one action as one for all", access=IgnoresScopeAction),
    swap(
        "ignores-patient-scope-on-read",
        "AUT-05",
        "reads other patients' records with a patient's token",
        access=IgnoresPatientScopeOnRead,
    ),
    swap(
        "ignores-patient-scope-on-search",
        "AUT-05",
        "searches other patients' records with a patient's token",
        access=IgnoresPatientScopeOnSearch,
    ),
    swap(
        "ignores-patient-scope-on-create",
        "AUT-05",
        "writes about other patients with a patient's token",
        access=IgnoresPatientScopeOnCreate,
    ),
    swap(
        "accepts-foreign-pages",
        "AUT-05",
        "opens page links made for somebody else",
        pages=AcceptsForeignPages,
        searches=ServesForeignPages,
    ),
    swap("accepts-query-token", "AUT-07", "accepts a token in the address", gateway=AcceptsQueryToken),
    swap(
        "widens-repeated-patient",
        "NEG-06",
        "checks the first patient, asks for the last",
        search_rules=WidensRepeatedPatient,
    ),
)
