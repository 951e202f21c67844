"""Pools of names and places, from tables that were taken from Faker once (`synthetic.name_tables`).

The tables are drawn from, not sampled by Faker, which takes 70 us for a name. A pool is a tuple in which frequent names
stand more often, so that drawing is one indexing. No name needs escaping in JSON.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any, NamedTuple

import orjson

from synthetic.dice import weighted


class NamePool(NamedTuple):
    """Names of one origin, each tuple ready for `pick`."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    family: tuple[str, ...]


class Places(NamedTuple):
    """Parts of postal addresses."""

    streets: tuple[str, ...]
    cities: tuple[str, ...]
    states: tuple[tuple[str, int, int], ...]  # (USPS code, lowest and highest ZIP)


_SUFFIXES = ("Street", "Avenue", "Road", "Lane", "Drive", "Court")
# The hospital is in the east; a few patients come from far away.
_STATES = {"PA": 40.0, "NJ": 20.0, "NY": 20.0, "DE": 6.0, "MD": 6.0, "OH": 3.0, "FL": 3.0, "TX": 1.0, "CA": 1.0}


@cache
def _tables() -> dict[str, Any]:
    with open(__file__.removesuffix("names.py") + "names.json", "rb") as file:  # noqa: PTH123 - pathlib takes 5 ms
        tables: dict[str, Any] = orjson.loads(file.read())
    return tables


def _tuple(names: dict[str, int] | list[str]) -> tuple[str, ...]:
    if isinstance(names, list):
        return tuple(names)
    return tuple(name for name, count in names.items() for _ in range(count))


def _pool(lists: list[dict[str, int] | list[str]]) -> NamePool:
    female, male, family = map(_tuple, lists)
    return NamePool(female, male, family)


@cache
def american() -> NamePool:
    """US names by frequency."""
    return _pool(_tables()["american"])


@cache
def mexican() -> NamePool:
    """Spanish names: most Hispanic patients carry one."""
    return _pool(_tables()["mexican"])


@cache
def elsewhere() -> tuple[NamePool, ...]:
    """Names outside ASCII in Latin, Arabic and Chinese script."""
    return tuple(map(_pool, _tables()["elsewhere"]))


@cache
def apostrophes() -> tuple[str, ...]:
    """Family names such as O'Brien, with the typewriter and with the typographic apostrophe."""
    plain = sorted({*_tables()["irish"], "D'Angelo", "D'Amico", "N'Diaye"})
    return (*plain * 3, *(name.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}") for name in plain))


@cache
def places() -> Places:
    """Streets, cities and states; none of the streets is meant to exist."""
    tables = _tables()
    families, endings, zips = sorted(tables["american"][2]), tables["city_suffixes"], tables["zips"]
    streets = tuple(f"{name} {_SUFFIXES[n % len(_SUFFIXES)]}" for n, name in enumerate(families))
    cities = tuple(name + endings[n % len(endings)] for n, name in enumerate(families[::3]))
    states = weighted(_STATES, 100)
    return Places(streets, cities, tuple((state, *zips[state]) for state in states))


@cache
def ascii_letters(name: str) -> str:
    """The a-z letters of a name, for an e-mail address; empty when it has none."""
    if name.isascii() and name.isalpha():
        return name.lower()
    plain = unicodedata.normalize("NFKD", name).lower()
    return "".join(letter for letter in plain if "a" <= letter <= "z")
