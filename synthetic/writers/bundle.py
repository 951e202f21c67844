"""Bundles of one chart: as a collection, and as a transaction that files it under the same ids."""

from __future__ import annotations

from synthetic.chart import Chart
from synthetic.json_template import minified
from synthetic.meta import meta

# entry.fullUrl is absolute (bdl-7 and references within a Bundle); .invalid never resolves (RFC 2606).
BASE_URL = "https://gauntlet.invalid/fhir/R4"
_META = minified(meta())


def collection_bundle(chart: Chart) -> bytes:
    """A Bundle of type collection; resources keep their bytes."""
    entries = [
        b'{"fullUrl":"%b/%b","resource":%b}' % (BASE_URL.encode(), resource.reference.encode(), resource.json)
        for resource in chart.resources
    ]
    return _bundle("collection", entries)


def transaction_bundle(chart: Chart) -> bytes:
    """A Bundle of type transaction.

    Every entry is an update to `Type/id`, so filing it twice files it once.
    """
    entries = [
        b'{"fullUrl":"%b/%b","resource":%b,"request":{"method":"PUT","url":"%b"}}'
        % (BASE_URL.encode(), resource.reference.encode(), resource.json, resource.reference.encode())
        for resource in chart.resources
    ]
    return _bundle("transaction", entries)


def _bundle(kind: str, entries: list[bytes]) -> bytes:
    head = f'{{"resourceType":"Bundle","meta":{_META},"type":"{kind}","entry":['
    return head.encode() + b",".join(entries) + b"]}"
