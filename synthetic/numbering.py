"""Ids and references within one chart."""

from __future__ import annotations

from synthetic.identity import Identity


class Numbering:
    """Makes the ids of one chart.

    Ids depend on (seed, type, index, ordinal), so any part can name any other.
    """

    def __init__(self, identity: Identity, index: int) -> None:
        self._identity, self._index = identity, index
        self.patient = identity.resource_id("Patient", index)

    def id(self, resource_type: str, ordinal: int) -> str:
        """The id of the how-manieth resource of a type."""
        return self._identity.resource_id(resource_type, self._index, ordinal)
