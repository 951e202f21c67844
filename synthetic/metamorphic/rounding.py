"""Numbers as measured: a number stands for all that round to its digits, in whatever unit it is written.

Two numbers in two units mean the same when each is the other one, converted and rounded to the digits it has.
91 mg/dL of glucose is 5.0512 mmol/L, which may be written 5.05 (it leads back to 91), and neither 5.1 (which leads
to 92: digits were lost) nor 5.06 (which leads to 91, but not from there: digits were made up).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from synthetic.metamorphic.units import Linear

_MOST_DECIMALS = 30


def decimals(value: Decimal | int) -> int:
    """Digits behind the point, as written; negative for 1.5E+3."""
    if isinstance(value, int):
        return 0
    exponent: Any = value.as_tuple().exponent
    return -int(exponent)


def last_place(value: Decimal | int) -> Fraction:
    """What one more in the last digit is worth."""
    return Fraction(10) ** -decimals(value)


def rounds_to(exact: Fraction, written: Decimal | int) -> bool:
    """Whether `written` is the exact number, rounded to the digits it has; halves may go either way."""
    return abs(exact - Fraction(written)) <= last_place(written) / 2


def respelled(value: Decimal | int, convert: Linear) -> Decimal:
    """A number in another unit, with as few decimals as tell it from its neighbours on both sides.

    Raises ValueError when 30 decimals are not enough.
    """
    exact = convert(value)
    step = abs(convert.factor) * last_place(value)
    for places in range(_MOST_DECIMALS):
        place = Fraction(10) ** -places
        written = Decimal(round(exact / place)).scaleb(-places)
        tie = abs(exact - Fraction(written)) == place / 2
        if place <= step and not tie and rounds_to(convert.inverse(Fraction(written)), value):
            return written
    raise ValueError(f"{value} needs more than {_MOST_DECIMALS} decimals in the other unit")


def mean_the_same(left: Decimal | int, right: Decimal | int, convert: Linear) -> str:
    """How `right` differs from `left` when `convert` leads from the unit of the one to that of the other.

    "" not at all; "precision" when only one is the rounding of the other, so that digits were lost or made up;
    "value" when neither is.
    """
    there = rounds_to(convert(left), right)
    back = rounds_to(convert.inverse(right), left)
    if there and back:
        return ""
    return "precision" if there or back else "value"
