"""Ids and references within one chart."""

from __future__ import annotations

from synthetic.identity import USUAL, Identity


class Numbering:
    """Makes the ids of one chart.

    Ids depend on (seed, type, index, ordinal) only, so any part can name any other before it is rendered.
    """

    __slots__ = ("_identity", "_index", "_usual", "patient")

    def __init__(self, identity: Identity, index: int) -> None:
        self._identity, self._index = identity, index
        self._usual = identity.usual_ids(index)
        self.patient = self.id("Patient", 0)

    def id(self, resource_type: str, ordinal: int) -> str:
        """The id of the how-manieth resource of a type."""
        usual = USUAL[resource_type]
        if ordinal < len(usual):
            return self._usual[usual[ordinal]]
        return self._identity.resource_id(resource_type, self._index, ordinal)

    def ids(self, resource_type: str, count: int) -> list[str]:
        """The ids of the first `count` resources of a type."""
        usual = USUAL[resource_type][:count]
        found = list(map(self._usual.__getitem__, usual))
        if count > len(usual):
            found += [self.id(resource_type, ordinal) for ordinal in range(len(usual), count)]
        return found
