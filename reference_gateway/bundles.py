"""Searchsets: reading the EHR's, writing ours (http://hl7.org/fhir/R4/bundle.html#searchset).

The EHR puts an OperationOutcome entry even into an empty searchset, repeats its own addresses in links, and its `total`
is the size of the page; nothing of that reaches a consumer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from reference_gateway.ehr_failures import payload_refusal
from reference_gateway.json_text import Json

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class EhrPage:
    """One page of the EHR: the matches, and the query of the next page if there is one."""

    matches: list[Any]
    next_query: Pairs | None


class Bundles:
    """Reads and writes searchsets."""

    def __init__(self, base_url: str, ehr_base_url: str) -> None:
        self.base_url = base_url
        self.ehr_base_url = ehr_base_url

    def read(self, content: Json, resource_type: str) -> EhrPage:
        """Return the matches of an EHR's searchset. Raises Refusal 502 for anything else."""
        if content["resourceType"] != "Bundle" or content.get("type") != "searchset":
            raise payload_refusal("it is not a searchset")
        entries = content.get("entry", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise payload_refusal("the searchset's entries are malformed")
        matches = [entry.get("resource") for entry in entries if self.is_match(entry)]
        return EhrPage(matches, self.next_query(content.get("link", []), resource_type))

    def is_match(self, entry: Json) -> bool:
        """Tell a match from an outcome entry."""
        search = entry.get("search")
        mode = search.get("mode") if isinstance(search, dict) else None
        resource = entry.get("resource")
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        return mode != "outcome" and kind != "OperationOutcome"

    def next_query(self, links: Any, resource_type: str) -> Pairs | None:
        """Return the query of the next link. Raises Refusal 502 when it leads anywhere but to this EHR's search."""
        if not isinstance(links, list) or not all(isinstance(link, dict) for link in links):
            raise payload_refusal("the searchset's links are malformed")
        addresses = [link.get("url") for link in links if link.get("relation") == "next"]
        if not addresses:
            return None
        path, _, query = str(addresses[0]).partition("?")
        if path not in (resource_type, f"{self.ehr_base_url}/{resource_type}") or not query:
            raise payload_refusal("the next link leads elsewhere")
        return tuple(parse_qsl(query, keep_blank_values=True))

    def write(self, resource_type: str, resources: Sequence[Json], used: Pairs, next_token: str | None) -> Json:
        """Return our searchset. `total` is given only when it is known: on a search that fits one page."""
        own = f"{self.base_url}/{resource_type}"
        links = [{"relation": "self", "url": f"{own}?{urlencode(used)}"}]
        bundle: Json = {"resourceType": "Bundle", "type": "searchset"}
        if next_token is not None:
            links.append({"relation": "next", "url": f"{own}?{urlencode([('_page', next_token)])}"})
        elif not any(name == "_page" for name, _ in used):
            bundle["total"] = len(resources)
        bundle["link"] = links
        if resources:
            bundle["entry"] = [self.entry(resource) for resource in resources]
        return bundle

    def entry(self, resource: Json) -> Json:
        """Return the entry of one match."""
        return {
            "fullUrl": f"{self.base_url}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
