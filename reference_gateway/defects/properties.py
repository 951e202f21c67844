"""Defects that show only in some of many examples: rare values, rare combinations, rows that change (CON-06 to 08)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from decimal import Decimal
from typing import Any

from reference_gateway.bundles import EhrPage
from reference_gateway.creates import Creates
from reference_gateway.defects.defect import swap
from reference_gateway.exchange import Exchange
from reference_gateway.paging import Page
from reference_gateway.refusal import Refusal
from reference_gateway.search_rules import Search, SearchRules
from reference_gateway.searches import Searches


class IgnoresZonesInSearches(SearchRules):
    """Reads the clock of a searched time and not its zone."""

    def read(self, resource_type: str, raw_query: str, prefer: str) -> Search:
        """Return the search; 08:00-05:00 is taken for 08:00Z."""
        search = super().read(resource_type, raw_query, prefer)
        filters = tuple((name, re.sub(r"[+-]\d\d:\d\d$", "Z", value)) for name, value in search.filters)
        return replace(search, filters=filters)


class RoundsWrittenValues(Creates):
    """Files measured values with one decimal."""

    async def content(self, exchange: Exchange) -> Any:
        """Return the parsed body with its value rounded."""
        content = await super().content(exchange)
        quantity = content.get("valueQuantity") if isinstance(content, dict) else None
        if isinstance(quantity, dict) and isinstance(quantity.get("value"), Decimal):
            quantity["value"] = round(quantity["value"], 1)
        return content


class NormalisesNotes(Creates):
    """Files notes without what its old database cannot hold."""

    async def content(self, exchange: Exchange) -> Any:
        """Return the parsed body; its notes lose accents and foreign letters."""
        content = await super().content(exchange)
        for note in content.get("note", []) if isinstance(content, dict) else []:
            plain = unicodedata.normalize("NFKD", note["text"]).encode("ascii", "ignore").decode()
            note["text"] = plain or "-"
        return content


class EndsBrokenPagingSilently(Searches):
    """Takes a page that the EHR refuses for the end of the list."""

    async def ask(self, exchange: Exchange, page: Page) -> EhrPage:
        """Return the EHR's page; an empty last one when there is none."""
        try:
            return await super().ask(exchange, page)
        except Refusal:
            if "_page=" not in exchange.request.raw_query:
                raise
            return EhrPage([], None)


DEFECTS = (
    swap("ignores-zones-in-searches", "CON-07", "takes 08:00-05:00 for 08:00Z", search_rules=IgnoresZonesInSearches),
    swap("rounds-written-values", "CON-06", "files values with one decimal", creates=RoundsWrittenValues),
    swap("normalises-notes", "CON-06", "files notes in ASCII", creates=NormalisesNotes),
    swap("ends-broken-paging-silently", "CON-08", "takes a lost page for the last", searches=EndsBrokenPagingSilently),
)
