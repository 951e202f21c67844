"""The groups that a site has from the start. Their ids are handed over out of band (vendors.md 1.13); the control API
lists them and makes others."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from mock_ehr.groups import Group
from mock_ehr.store import PopulationLike

SIZES: Mapping[str, int] = {"Two patients": 2, "A clinic": 10, "A registry": 100}


def usual_groups(population: PopulationLike, seed: int) -> dict[str, Group]:
    """Return the first patients of the population as groups of several sizes; smaller where it is smaller."""
    most = min(max(SIZES.values()), population.size)
    ids = [population.patient(index).id for index in range(most)]
    groups = (Group(group_id(seed, name), name, tuple(ids[:size])) for name, size in SIZES.items())
    return {group.id: group for group in groups}


def group_id(seed: int, name: str) -> str:
    """Return the id of a group: long and opaque, as Epic's are."""
    digest = hashlib.sha256(f"{seed}:group:{name}".encode()).digest()
    return "e" + urlsafe_b64encode(digest).decode().rstrip("=").replace("_", ".") + "3"
