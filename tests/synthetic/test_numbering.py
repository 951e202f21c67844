"""Ids within one chart."""

from __future__ import annotations

from synthetic.identity import Identity
from synthetic.numbering import Numbering


def test_reserved_ids_are_those_made_one_by_one() -> None:
    identity = Identity(7)
    reserved, single = Numbering(identity, 5), Numbering(identity, 5)
    reserved.reserve("Encounter", 4)
    expected = [identity.resource_id("Encounter", 5, ordinal) for ordinal in range(6)]
    assert [reserved.id("Encounter", ordinal) for ordinal in range(6)] == expected
    assert [single.id("Encounter", ordinal) for ordinal in range(6)] == expected
    assert reserved.ids("Encounter", 6) == expected
    assert reserved.ids("Encounter", 0) == []
