"""Distil names and places from Faker's tables into `names.json`, which `synthetic.names` reads.

Run as `python -m synthetic.name_tables`. Charts need the tables and none of Faker's code: importing it takes a third
of the time to the first chart, and a release of Faker that adds a name must not change charts of the past. Names are
given as often as they are drawn from a pool of 1000 to 4000; frequencies are Faker's (US names: Social Security
Administration and Census Bureau).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from synthetic.dice import weighted

TARGET = Path(__file__).with_name("names.json")
ORIGINS = ("fr_FR", "cs_CZ", "tr_TR", "vi_VN", "ar_AA", "zh_CN")  # with letters beyond ASCII
STATES = ("PA", "NJ", "NY", "DE", "MD", "OH", "FL", "TX", "CA")

Pool = dict[str, int] | list[str]


def provider(kind: str, locale: str) -> Any:
    """Faker's tables of a kind and locale, as class attributes."""
    from importlib import import_module  # noqa: PLC0415 - only this script needs Faker

    return import_module(f"faker.providers.{kind}.{locale}").Provider


def pool(names: Iterable[str], slots: int) -> Pool:
    """Names with their number of slots, or in order where Faker knows no frequencies."""
    if isinstance(names, Mapping):
        return dict(Counter(weighted(dict(names), slots)))
    return sorted(set(names))


def pools(locale: str, *slots: int) -> list[Pool]:
    """Female, male and family names."""
    tables = provider("person", locale)
    listed = (tables.first_names_female, tables.first_names_male, tables.last_names)
    return [pool(names, count) for names, count in zip(listed, slots, strict=True)]


def beyond_ascii(names: Pool) -> Pool:
    """What of a pool is not plain ASCII."""
    if isinstance(names, dict):
        return {name: count for name, count in names.items() if not name.isascii()}
    return [name for name in names if not name.isascii()]


def tables() -> dict[str, Any]:
    """Everything that charts take from Faker."""
    from faker import VERSION  # noqa: PLC0415 - only this script needs Faker

    address = provider("address", "en_US")
    irish = provider("person", "en_IE").last_names
    return {
        "source": f"Faker {VERSION}, https://github.com/joke2k/faker",
        "licence": "MIT, Copyright (c) 2012 Daniele Faraglia; see names.LICENCE.txt",
        "american": pools("en_US", 1500, 1500, 4000),
        "mexican": pools("es_MX", 1000, 1000, 1000),
        "elsewhere": [[beyond_ascii(names) for names in pools(locale, 1000, 1000, 1000)] for locale in ORIGINS],
        "irish": sorted({name for name in irish if name.startswith("O'")}),
        "city_suffixes": list(address.city_suffixes),
        "zips": {state: list(address.states_postcode[state]) for state in STATES},
    }


def main() -> None:
    """Write the tables beside this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=TARGET)
    options = parser.parse_args()
    options.output.write_bytes(orjson.dumps(tables(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
