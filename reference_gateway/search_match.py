"""Does a record fit a search? Applied to everything the EHR returns, because it ignores what it does not understand."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from reference_gateway import search_dates
from reference_gateway.json_text import Json
from reference_gateway.search_parameters import PARAMETERS, Parameter

_CHOICES = ("effective", "onset", "occurrence")  # elements whose name in JSON ends with their type

Filters = Iterable[tuple[str, str]]


class MatchFilter:
    """Tells matches from the rest."""

    def fits(self, resource: Json, filters: Filters) -> bool:
        """Tell whether a canonical resource fits every filter (name, value as sent)."""
        table = PARAMETERS[resource["resourceType"]]
        return all(self.fits_one(resource, table[name], value) for name, value in filters)

    def fits_one(self, resource: Json, parameter: Parameter, value: str) -> bool:
        """Tell whether a resource fits one parameter; commas separate alternatives."""
        found = list(_values(resource, parameter.element))
        if parameter.kind == "date":
            return any(search_dates.matches(asked, item) for asked in value.split(",") for item in found)
        if parameter.kind == "string":
            return any(_starts_with(item, asked) for asked in value.split(",") for item in found)
        if parameter.kind == "token":
            return any(_token_fits(item, asked) for asked in value.split(",") for item in found)
        return True  # the patient guard judges references to the patient


def _values(resource: Json, element: str) -> Iterator[Any]:
    """Yield the values of an element; a choice element is found under any of its types."""
    head, _, rest = element.partition(".")
    for name, value in resource.items():
        if name != head and not (head in _CHOICES and name.startswith(head)):
            continue
        for item in value if isinstance(value, list) else [value]:
            if rest:
                yield from _values(item, rest)
            else:
                yield item


def _token_fits(item: Any, asked: str) -> bool:
    system, bar, code = asked.rpartition("|")
    return any(
        (not code or code == found_code) and (not bar or system == (found_system or ""))
        for found_system, found_code in _codings(item)
    )


def _codings(item: Any) -> Iterator[tuple[str | None, str | None]]:
    """Yield (system, code) of a code, Coding, CodeableConcept or Identifier."""
    if isinstance(item, str):
        yield None, item
    elif "coding" in item:
        for coding in item["coding"]:
            yield coding.get("system"), coding.get("code")
    elif "value" in item:
        yield item.get("system"), item["value"]
        yield item.get("type", {}).get("text"), item["value"]  # the EHR's own labels, such as MRN
    else:
        yield item.get("system"), item.get("code")


def _starts_with(item: Any, asked: str) -> bool:
    return isinstance(item, str) and _folded(item).startswith(_folded(asked))


def _folded(text: str) -> str:
    """Return text without case and accents, as string searches compare it."""
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))
