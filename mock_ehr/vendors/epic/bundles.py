"""Search bundles, put together from bytes that are ready."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import orjson

from mock_ehr.store import Record
from mock_ehr.vendors.epic.outcomes import Issue, outcome

MATCH = b',"search":{"mode":"match"}},'
INCLUDE = b',"search":{"mode":"include"}},'


def searchset(
    base: str,
    records: Sequence[Record],
    *,
    total: int,
    self_url: str,
    next_url: str = "",
    included: Sequence[Record] = (),
    remarks: Sequence[Issue] = (),
) -> bytes:
    """Return a searchset Bundle.

    `included` records and, as one entry of mode outcome at the end, `remarks` follow the matches; they do not count
    in `total`.
    """
    rest = entries(base, records, self_url=self_url, included=included, remarks=remarks)
    return bundle_head(total, self_url, next_url) + rest


def bundle_head(total: int, self_url: str, next_url: str) -> bytes:
    """Return the beginning of a searchset, which `entries` follow."""
    links = [{"relation": "self", "url": self_url}]
    if next_url:
        links.append({"relation": "next", "url": next_url})
    return b'{"resourceType":"Bundle","type":"searchset","total":%d,"link":%s' % (total, orjson.dumps(links))


def entries(
    base: str,
    records: Sequence[Record],
    *,
    self_url: str,
    included: Sequence[Record] = (),
    remarks: Sequence[Issue] = (),
) -> bytes:
    """Return the entries of a searchset and its end."""
    pieces = [b',"entry":[']
    for record in records:
        pieces += (entry_head(base, record), record.json, MATCH)
    for record in included:
        pieces += (entry_head(base, record), record.json, INCLUDE)
    if remarks:
        pieces += (outcome_entry(remarks, self_url), b",")
    if len(pieces) == 1:
        return b"}"
    pieces[-1] = pieces[-1][:-1]  # no comma after the last one
    pieces.append(b"]}")
    return b"".join(pieces)


def entry_head(base: str, record: Record) -> bytes:
    """Return what stands before the resource in its entry, with its own self link; kept on the record."""
    known, resource_id, head = record.entry
    if known != base or resource_id != record.id:
        url = f"{base}/{record.type}/{record.id}".encode()
        head = b'{"link":[{"relation":"self","url":"%s"}],"fullUrl":"%s","resource":' % (url, url)
        record.entry = (base, record.id, head)
    return head


def outcome_entry(remarks: Sequence[Issue], self_url: str) -> bytes:
    """Return the entry of mode outcome; its urn:uuid depends on the search alone."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, self_url)
    return b'{"fullUrl":"urn:uuid:%s","resource":%s,"search":{"mode":"outcome"}}' % (
        str(name).encode(),
        outcome(*remarks),
    )
