"""Ids and references within one chart."""

from __future__ import annotations

from synthetic.identity import Identity


class Numbering:
    """Makes the ids of one chart.

    Ids depend on (seed, type, index, ordinal) only, so any part can name any other before it is rendered.
    """

    def __init__(self, identity: Identity, index: int) -> None:
        self._identity, self._index = identity, index
        self._known: dict[tuple[str, int], str] = {}
        self.patient = identity.resource_id("Patient", index)

    def id(self, resource_type: str, ordinal: int) -> str:
        """The id of the how-manieth resource of a type."""
        key = (resource_type, ordinal)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._identity.resource_id(resource_type, self._index, ordinal)
        return known

    def reserve(self, resource_type: str, count: int) -> None:
        """Make the ids of the first `count` resources of a type in one go, which is quicker than one by one."""
        for ordinal, known in enumerate(self.ids(resource_type, count)):
            self._known[resource_type, ordinal] = known

    def ids(self, resource_type: str, count: int) -> list[str]:
        """The ids of the first `count` resources of a type."""
        return self._identity.resource_ids(resource_type, self._index, count)
