"""References to records that may be withheld: a reference that leads nowhere says that there is something."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

from reference_gateway.ehr_client import Caller as Ehr
from reference_gateway.ehr_request import EhrFailure, EhrRequest
from reference_gateway.exchange import Exchange
from reference_gateway.json_text import Json
from reference_gateway.records import Records
from reference_gateway.refusal import Refusal
from reference_gateway.routes import UNITY_TYPES

_TYPES = frozenset(UNITY_TYPES) - {"Patient"}
Request = Callable[[Exchange], EhrRequest]


class References:
    """Finds, follows and removes references."""

    def __init__(self, ehr: Ehr, records: Records, request: Request) -> None:
        self.ehr = ehr
        self.records = records
        self.request = request

    def of(self, resource: Json) -> set[str]:
        """Return the references in a record that lead to records which may be withheld, as Type/id."""
        return {text for text in _texts(resource) if text.partition("/")[0] in _TYPES and text.count("/") == 1}

    async def read(self, text: str, call: EhrRequest) -> Json | None:
        """Return the record that a reference leads to, None when it cannot be had."""
        resource_type, _, resource_id = text.partition("/")
        request = replace(call, method="GET", path=text, resource_type=resource_type, query=(), body=None)
        try:
            reply = await self.ehr.call(request)
            return self.records.one(reply, resource_type, resource_id) if reply.status == 200 else None
        except (EhrFailure, Refusal):
            return None

    def without(self, value: Any, withheld: Collection[str]) -> Any:
        """Return a record, or a part of one, without what leads to withheld records."""
        if not withheld:
            return value
        if isinstance(value, list):
            return [self.without(item, withheld) for item in value if not _leads_to(item, withheld)]
        if not isinstance(value, dict):
            return value
        kept = {name: self.without(item, withheld) for name, item in value.items() if not _leads_to(item, withheld)}
        return {name: item for name, item in kept.items() if item not in ([], {})}


def _leads_to(item: Any, withheld: Collection[str]) -> bool:
    return isinstance(item, dict) and item.get("reference") in withheld


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for item in value.values():
            yield from _texts(item)
