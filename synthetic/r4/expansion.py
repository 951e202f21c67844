"""Expansion of FHIR value sets to plain lists of codes, as far as the code systems at hand allow."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
Codes = dict[str, set[str]]


class IncompleteError(Exception):
    """A value set needs a code system or a filter that is not at hand."""


class Expander:
    """Expands value sets of one package and remembers those that were asked for.

    `required` maps each value set url to {system: sorted codes}; `missing` holds those without expansion.
    """

    def __init__(self, terminology: list[Json]) -> None:
        """Index the ValueSet and CodeSystem resources in `terminology` by canonical url."""
        self._sets = {entry["url"]: entry for entry in terminology if entry["resourceType"] == "ValueSet"}
        self._systems = {entry["url"]: entry for entry in terminology if entry["resourceType"] == "CodeSystem"}
        self.required: dict[str, dict[str, list[str]]] = {}
        self.missing: set[str] = set()

    def require(self, canonical: str) -> str | None:
        """Expand a value set and return its url without version, None when it cannot be expanded."""
        url = canonical.partition("|")[0]
        if url not in self.required and url not in self.missing:
            try:
                codes = self.expand(url)
            except IncompleteError:
                self.missing.add(url)
            else:
                self.required[url] = {system: sorted(members) for system, members in sorted(codes.items())}
        return url if url in self.required else None

    def expand(self, url: str) -> Codes:
        """Codes of a value set by system; raises IncompleteError."""
        if url not in self._sets:
            raise IncompleteError(url)
        compose = self._sets[url].get("compose", {})
        codes: Codes = {}
        for include in compose.get("include", []):
            for system, members in self._include(include).items():
                codes.setdefault(system, set()).update(members)
        for exclude in compose.get("exclude", []):
            for system, members in self._include(exclude).items():
                codes.get(system, set()).difference_update(members)
        if not codes:
            raise IncompleteError(url)
        return codes

    def _include(self, include: Json) -> Codes:
        parts = [self.expand(value_set.partition("|")[0]) for value_set in include.get("valueSet", [])]
        if system := include.get("system"):
            parts.append({system: self._from_system(include)})
        systems = set.intersection(*(set(part) for part in parts))
        return {system: set.intersection(*(part[system] for part in parts)) for system in systems}

    def _from_system(self, include: Json) -> set[str]:
        if "concept" in include:
            return {concept["code"] for concept in include["concept"]}
        system = self._systems.get(include["system"])
        if not system or system.get("content") != "complete":
            raise IncompleteError(include["system"])
        parents = dict(ancestry(system))
        members = set(parents)
        for rule in include.get("filter", []):
            members &= filtered(parents, rule)
        return members


def ancestry(system: Json) -> Iterator[tuple[str, set[str]]]:
    """Yield each code of a code system with its direct parents, by nesting and by the subsumedBy property."""
    stack: list[tuple[Json, str | None]] = [(concept, None) for concept in system.get("concept", [])]
    while stack:
        concept, parent = stack.pop()
        stack += [(child, concept["code"]) for child in concept.get("concept", [])]
        named = {p["valueCode"] for p in concept.get("property", []) if p["code"] in ("subsumedBy", "parent")}
        yield concept["code"], named | ({parent} if parent else set())


def filtered(parents: dict[str, set[str]], rule: Json) -> set[str]:
    """Codes below (for is-a including) the code a filter names; raises IncompleteError for other filters."""
    if rule["property"] != "concept" or rule["op"] not in ("is-a", "descendent-of"):
        raise IncompleteError(f"filter {rule['property']} {rule['op']}")
    found = {rule["value"]}
    growing = True
    while growing:
        children = {code for code, above in parents.items() if above & found} - found
        found |= children
        growing = bool(children)
    return found if rule["op"] == "is-a" else found - {rule["value"]}
