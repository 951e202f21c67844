"""Searches among what belongs to no chart: staff, places, medications, schedules and slots."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from mock_ehr.search import split_commas
from mock_ehr.store import Record
from mock_ehr.vendors.epic.search_query import Query
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.surface import DIRECTORY

AT_ONCE = 50  # entries made before other requests get their turn


def needs_walk(query: Query) -> bool:
    """Return whether the search goes through all entries of a type of the directory."""
    return query.resource_type in DIRECTORY and not any(name in query.values for name in ("_id", "schedule"))


async def walk(query: Query, site: Site) -> Sequence[Record]:
    """Return the entries of the type that fit the criteria."""
    found = []
    for number, record in enumerate(site.state.store.of_type(query.resource_type), 1):
        if all(test.matches(record) for test in query.criteria):
            found.append(record)
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
    return found


def entries(query: Query, site: Site) -> Sequence[Record]:
    """Return the entries by id or, of slots, by schedule."""
    store = site.state.store
    if "_id" in query.values:
        found = (store.find(query.resource_type, wanted) for wanted in query.ids)
        return [record for record in found if record is not None]
    schedules = {part.rpartition("/")[2] for value in query.values["schedule"] for part in split_commas(value)}
    return [record for schedule in sorted(schedules) for record in store.slots(schedule)]
