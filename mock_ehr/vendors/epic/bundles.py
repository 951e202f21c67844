"""Search bundles, put together from bytes that are ready."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import orjson

from mock_ehr.store import Record
from mock_ehr.vendors.epic.outcomes import Issue, outcome


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
    links = [{"relation": "self", "url": self_url}]
    if next_url:
        links.append({"relation": "next", "url": next_url})
    entries = [entry(base, record) for record in records]
    if included:
        entries.extend(entry(base, record, b"include") for record in included)
    if remarks:
        entries.append(outcome_entry(remarks, self_url))
    head = b'{"resourceType":"Bundle","type":"searchset","total":%d,"link":%s' % (total, orjson.dumps(links))
    if not entries:
        return head + b"}"
    return b"".join((head, b',"entry":[', b",".join(entries), b"]}"))


def entry(base: str, record: Record, mode: bytes = b"match") -> bytes:
    """Return one record as an entry with its own self link; `mode` is match or include."""
    url = f"{base}/{record.type}/{record.id}".encode()
    return b"".join((
        b'{"link":[{"relation":"self","url":"', url, b'"}],"fullUrl":"', url, b'","resource":', record.json,
        b',"search":{"mode":"', mode, b'"}}',
    ))  # fmt: skip


def outcome_entry(remarks: Sequence[Issue], self_url: str) -> bytes:
    """Return the entry of mode outcome; its urn:uuid depends on the search alone."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, self_url)
    return b'{"fullUrl":"urn:uuid:%s","resource":%s,"search":{"mode":"outcome"}}' % (
        str(name).encode(),
        outcome(*remarks),
    )
