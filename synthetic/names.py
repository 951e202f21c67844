"""Pools of names and places, made from the tables that Faker ships.

The tables are read, not sampled: Faker draws one name in about 70 us, and its sampling follows Python's. A
pool is a tuple in which frequent names stand more often, so that drawing is one indexing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from faker.providers.address.en_US import Provider as UsAddress
from faker.providers.person.ar_AA import Provider as Arabic
from faker.providers.person.cs_CZ import Provider as Czech
from faker.providers.person.en_IE import Provider as Irish
from faker.providers.person.en_US import Provider as American
from faker.providers.person.es_MX import Provider as Mexican
from faker.providers.person.fr_FR import Provider as French
from faker.providers.person.tr_TR import Provider as Turkish
from faker.providers.person.vi_VN import Provider as Vietnamese
from faker.providers.person.zh_CN import Provider as Chinese

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


def _pool(names: Iterable[str], slots: int) -> tuple[str, ...]:
    if isinstance(names, Mapping):
        return weighted(dict(names), slots)
    return tuple(sorted(set(names)))


@cache
def american() -> NamePool:
    """US names by frequency."""
    return NamePool(
        _pool(American.first_names_female, 1500),
        _pool(American.first_names_male, 1500),
        _pool(American.last_names, 4000),
    )


@cache
def mexican() -> NamePool:
    """Spanish names: most Hispanic patients carry one."""
    return NamePool(*(_pool(names, 1000) for names in _tables(Mexican)))


@cache
def elsewhere() -> tuple[NamePool, ...]:
    """Names outside ASCII in Latin, Arabic and Chinese script."""
    return tuple(
        NamePool(*(tuple(name for name in _pool(names, 1000) if not name.isascii()) for names in _tables(provider)))
        for provider in (French, Czech, Turkish, Vietnamese, Arabic, Chinese)
    )


@cache
def apostrophes() -> tuple[str, ...]:
    """Family names such as O'Brien, with the typewriter and with the typographic apostrophe."""
    plain = sorted({name for name in Irish.last_names if name.startswith("O'")} | {"D'Angelo", "D'Amico", "N'Diaye"})
    return (*plain * 3, *(name.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}") for name in plain))


@cache
def places() -> Places:
    """Streets, cities and states; none of the streets is meant to exist."""
    families, suffixes = (
        sorted(set(American.last_names)),
        ("Street", "Avenue", "Road", "Lane", "Drive", "Court"),
    )
    streets = tuple(f"{name} {suffixes[n % len(suffixes)]}" for n, name in enumerate(families))
    cities = tuple(name + UsAddress.city_suffixes[n % 19] for n, name in enumerate(families[::3]))
    bounds = UsAddress.states_postcode
    # The hospital is in the east; a few patients come from far away.
    states = weighted(
        {
            "PA": 40.0,
            "NJ": 20.0,
            "NY": 20.0,
            "DE": 6.0,
            "MD": 6.0,
            "OH": 3.0,
            "FL": 3.0,
            "TX": 1.0,
            "CA": 1.0,
        },
        100,
    )
    return Places(streets, cities, tuple((state, *bounds[state]) for state in states))


@cache
def ascii_letters(name: str) -> str:
    """The a-z letters of a name, for an e-mail address; empty when it has none."""
    plain = unicodedata.normalize("NFKD", name).lower()
    return "".join(letter for letter in plain if "a" <= letter <= "z")


def _tables(provider: Any) -> tuple[Iterable[str], Iterable[str], Iterable[str]]:
    return provider.first_names_female, provider.first_names_male, provider.last_names
