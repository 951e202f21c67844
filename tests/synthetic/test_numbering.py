"""Ids within one chart."""

from __future__ import annotations

from synthetic.identity import TYPES, Identity
from synthetic.numbering import Numbering


def test_ids_worked_out_together_are_those_made_one_by_one() -> None:
    identity = Identity(7)
    for index in (0, 5, 48_995_099):
        numbering = Numbering(identity, index)
        for name in TYPES:
            expected = [identity.resource_id(name, index, ordinal) for ordinal in range(30)]
            assert [numbering.id(name, ordinal) for ordinal in range(30)] == expected
            assert numbering.ids(name, 30) == expected
            assert numbering.ids(name, 1) == expected[:1]
            assert numbering.ids(name, 0) == []
