"""Names: what was taken from Faker, and that it can be written into JSON as it is."""

from __future__ import annotations

import json

import faker
import orjson
import pytest

from synthetic import names
from synthetic.json_template import escaped
from synthetic.name_tables import TARGET, tables


def everything() -> list[str]:
    pools = (names.american(), names.mexican(), *names.elsewhere())
    places = names.places()
    listed = [name for pool in pools for part in pool for name in part]
    return [*listed, *names.apostrophes(), *places.streets, *places.cities, *(state[0] for state in places.states)]


def test_no_name_needs_escaping() -> None:
    assert [name for name in set(everything()) if escaped(name) != name] == []


def test_frequent_names_stand_more_often() -> None:
    pool = names.american()
    assert pool.family.count("Smith") > pool.family.count("Hess") >= 1
    assert (len(pool.female), len(pool.male), len(pool.family)) == (1500, 1500, 4000)


def test_the_tables_are_those_of_the_faker_they_name() -> None:
    kept = json.loads(TARGET.read_bytes())
    if faker.VERSION not in kept["source"]:
        pytest.skip(f"the tables are of {kept['source']}, installed is {faker.VERSION}")
    assert orjson.loads(orjson.dumps(tables())) == kept
