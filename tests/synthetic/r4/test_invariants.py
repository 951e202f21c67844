"""The table of invariants hangs on the types of the definitions."""

from synthetic.r4.definitions import definitions
from synthetic.r4.invariants import INVARIANTS


def test_every_invariant_belongs_to_a_type_of_the_definitions():
    assert set(INVARIANTS) - set(definitions().types) == {"SimpleQuantity"}
