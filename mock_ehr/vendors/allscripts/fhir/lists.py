"""Groups: lists of patients that were made in the product, and can be searched (V1 V3).

Those that the control API made, and one list for each provider with the patients whom they look after.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from mock_ehr.groups import Group
from mock_ehr.record import Record
from mock_ehr.vendors.allscripts.site import Site
from synthetic.hospital import PANEL


def groups(site: Site) -> Iterator[Group]:
    """Yield all groups."""
    yield from site.state.groups.values()
    for number in range(panels(site)):
        group = find_group(site, str(number + 1))
        if group is not None:
            yield group


def find_group(site: Site, group_id: str) -> Group | None:
    """Return the group of an id, None without one."""
    known = site.state.groups.get(group_id)
    if known is not None:
        return known
    if not (group_id.isascii() and group_id.isdecimal()) or not 0 < int(group_id[:9]) <= panels(site):
        return None
    number = int(group_id) - 1
    size = site.population.size
    members = range(number * PANEL, min((number + 1) * PANEL, size))
    who = site.directory.assembly.hospital.practitioner(number)
    ids = tuple(site.patient_id(index) for index in members)
    return Group(group_id, f"Patients of {who.display}", ids)


def panels(site: Site) -> int:
    """Return how many providers look after patients."""
    return -(-site.population.size // PANEL)


def record_of(group: Group) -> Record:
    """Return a group as a FHIR record."""
    body = {
        "resourceType": "Group",
        "id": group.id,
        "active": True,
        "type": "person",
        "actual": True,
        "name": group.name,
        "quantity": len(group.members),
        "member": [{"entity": {"reference": f"Patient/{member}"}} for member in group.members],
    }
    return Record("Group", group.id, "", orjson.dumps(body))
