"""Invariants of error severity, one small rule each, in one table by type path."""

from synthetic.r4.invariants.administration import ADMINISTRATION
from synthetic.r4.invariants.bundle import BUNDLE
from synthetic.r4.invariants.clinical import CLINICAL
from synthetic.r4.invariants.datatypes import DATATYPES
from synthetic.r4.invariants.invariant import Table
from synthetic.r4.invariants.quantities import QUANTITIES
from synthetic.r4.invariants.statements import STATEMENTS

INVARIANTS: Table = DATATYPES | QUANTITIES | CLINICAL | ADMINISTRATION | BUNDLE | STATEMENTS
