"""The table from local codes to standard ones: a FHIR ConceptMap, read once at the start.

Only what the table says is `equivalent` or `equal` is a translation; nothing is derived from words or likeness.
Source: http://hl7.org/fhir/R4/conceptmap.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SAME = ("equivalent", "equal")


@dataclass(frozen=True)
class Concept:
    """A code of a code system."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True)
class ConceptMap:
    """A versioned table: (source system, code) -> concept."""

    url: str
    version: str
    translations: Mapping[tuple[str, str], Concept]

    def translate(self, system: str, code: str) -> Concept | None:
        """Return the standard concept of a local code, None when the table has none."""
        return self.translations.get((system, code))


def read_concept_map(content: Any) -> ConceptMap:
    """Return the table of a ConceptMap. Raises ValueError for one without url, version, or an unambiguous target."""
    if not isinstance(content, dict) or content.get("resourceType") != "ConceptMap":
        raise ValueError("the terminology file holds no ConceptMap")
    url, version = content.get("url"), content.get("version")
    if not (isinstance(url, str) and url and isinstance(version, str) and version):
        raise ValueError("the ConceptMap has no url or no version")
    translations: dict[tuple[str, str], Concept] = {}
    try:
        for group in content.get("group", []):
            for element in group["element"]:
                same = [item for item in element.get("target", []) if item["equivalence"] in _SAME]
                if len(same) > 1:
                    raise ValueError(f"the ConceptMap gives {element['code']!r} more than one equivalent")
                for item in same:
                    concept = Concept(group["target"], item["code"], item.get("display", ""))
                    translations[group["source"], element["code"]] = concept
    except (KeyError, TypeError, AttributeError):
        raise ValueError("a group of the ConceptMap lacks source, target, or a code") from None
    return ConceptMap(url, version, translations)
