"""Defects in what the gateway says of itself, and in HTTP's own rules (CON-03, CON-16 to CON-24)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from reference_gateway.bundles import Pairs
from reference_gateway.canonical import Canonical
from reference_gateway.capability import Capability
from reference_gateway.defects.defect import swap
from reference_gateway.documents import Documents
from reference_gateway.exchange import FHIR_JSON, Answer, ConsumerRequest, Exchange
from reference_gateway.json_text import Json, write
from reference_gateway.reads import Reads
from reference_gateway.refusal import Refusal
from reference_gateway.request_limits import RequestLimits
from reference_gateway.search_rules import SearchRules


class IgnoresIfNoneMatch(Reads):
    """Sends the record again to whoever holds it already."""

    def answer(self, exchange: Exchange, resource: Json) -> Answer:
        """Return 200 whatever the consumer holds."""
        answer = super().answer(exchange, resource)
        body = write(resource)
        return answer if answer.status == 200 else Answer(200, body, {"Content-Type": FHIR_JSON, **answer.headers})


class AlwaysNotModified(Reads):
    """Takes every ETag for the current one."""

    def answer(self, exchange: Exchange, resource: Json) -> Answer:
        """Return 304 to whoever names any version."""
        answer = super().answer(exchange, resource)
        held = exchange.request.header("If-None-Match")
        return Answer(304, b"", {"ETag": held}) if held else answer


class IgnoresResultParameters(SearchRules):
    """Leaves out what it does not serve of _summary, _elements and _format."""

    def known(self, resource_type: str, pairs: Pairs, *, lenient: bool) -> Iterable[tuple[str, str]]:
        """Return the pairs without those that shape the result."""
        kept = tuple(pair for pair in pairs if pair[0] not in ("_summary", "_elements", "_format"))
        return super().known(resource_type, kept, lenient=lenient)


class IgnoresAccept(RequestLimits):
    """Answers JSON to whoever asks for a picture."""

    def check_accept(self, request: ConsumerRequest) -> None:
        """Accept everything."""


class InsistsOnAccept(RequestLimits):
    """Serves only whoever names the FHIR media type."""

    def check_accept(self, request: ConsumerRequest) -> None:
        """Raise Refusal 406 unless Accept names application/fhir+json."""
        if FHIR_JSON not in request.header("Accept"):
            raise Refusal(406, "not-supported", f"Accept must name {FHIR_JSON}", reason="not-acceptable")
        super().check_accept(request)


class ServesAnyFhirVersion(RequestLimits):
    """Overlooks the fhirVersion parameter."""

    def check_accept(self, request: ConsumerRequest) -> None:
        """Accept every version of FHIR."""
        if "fhirversion" not in request.header("Accept").lower():
            super().check_accept(request)


class UnnamedSource(Canonical):
    """Does not say where records come from."""

    def name_source(self, resource: Json) -> None:
        """Name nothing."""


class DropsSecurityLabels(Canonical):
    """Takes security labels for vendor dress."""

    def undress(self, resource: Json) -> Json:
        """Return the resource without its labels."""
        undressed = super().undress(resource)
        undressed.get("meta", {}).pop("security", None)
        return undressed


class Unversioned(Capability):
    """Publishes no version of its API."""

    def statement(self) -> Json:
        """Return the statement without its version."""
        return {name: value for name, value in super().statement().items() if name != "version"}


class HidesRead(Capability):
    """Does not list that single conditions can be read."""

    def resource(self, resource_type: str) -> Json:
        """Return what is served of one type, reads of conditions left out."""
        entry = super().resource(resource_type)
        if resource_type == "Condition":
            entry["interaction"] = [item for item in entry["interaction"] if item["code"] != "read"]
        return entry


class HidesSearchParameter(Capability):
    """Does not list that observations can be searched by code."""

    def resource(self, resource_type: str) -> Json:
        """Return what is served of one type, one parameter left out."""
        entry = super().resource(resource_type)
        entry["searchParam"] = [item for item in entry["searchParam"] if item["name"] != "code"]
        return entry


class StaleSmartConfiguration(Capability):
    """Publishes the token endpoint of last year."""

    def smart_configuration(self, metadata: Mapping[str, Any]) -> Json:
        """Return the smart-configuration with an address that is no longer used."""
        return {**super().smart_configuration(metadata), "token_endpoint": "https://login.invalid/oauth2/token"}


class NoSmartConfiguration(Documents):
    """Does not serve the smart-configuration."""

    def find(self, request: ConsumerRequest) -> Callable[[], Awaitable[Answer]] | None:
        """Return what serves a request, nothing for the smart-configuration."""
        return None if request.raw_path.endswith("smart-configuration") else super().find(request)


DEFECTS = (
    swap("no-smart-configuration", "CON-03", "serves no smart-configuration", documents=NoSmartConfiguration),
    swap("stale-smart-configuration", "CON-03", "publishes an old token endpoint", capability=StaleSmartConfiguration),
    swap("ignores-if-none-match", "CON-16", "never answers 304", reads=IgnoresIfNoneMatch),
    swap("always-not-modified", "CON-16", "answers 304 to any ETag", reads=AlwaysNotModified),
    swap(
        "ignores-result-parameters", "CON-16", "overlooks _summary and _elements", search_rules=IgnoresResultParameters
    ),
    swap("unnamed-source", "CON-19", "does not name the source system", canonical=UnnamedSource),
    swap("drops-security-labels", "CON-19", "delivers records without labels", canonical=DropsSecurityLabels),
    swap("unversioned", "CON-20", "publishes no version", capability=Unversioned),
    swap("serves-any-fhir-version", "CON-20", "answers R4 to whoever asks for STU3", limits=ServesAnyFhirVersion),
    swap("ignores-accept", "CON-23", "answers JSON whatever is accepted", limits=IgnoresAccept),
    swap("insists-on-accept", "CON-23", "refuses a missing Accept", limits=InsistsOnAccept),
    swap("hides-read", "CON-24", "does not list a read that works", capability=HidesRead),
    swap("hides-search-parameter", "CON-24", "does not list a parameter that works", capability=HidesSearchParameter),
)
