"""Invariants of Quantity and the types made from it (http://hl7.org/fhir/R4/datatypes.html#quantity-inv)."""

import re

from synthetic.r4.invariants.invariant import Invariant, Table, given, implies
from synthetic.r4.problem import Json

UCUM = "http://unitsofmeasure.org"
CURRENCY = re.compile(r"[A-Z]{3}")

CODE_NEEDS_SYSTEM = Invariant("qty-3", "a unit code needs a system", implies("code", "system"))


def coded_in_ucum(quantity: Json, _root: Json) -> bool:
    """age-1, cnt-3, dis-1 in part: a value has a code, and a system is UCUM."""
    return (given(quantity, "code") or not given(quantity, "value")) and quantity.get("system", UCUM) == UCUM


def duration_in_ucum(quantity: Json, _root: Json) -> bool:
    """drt-1: a code comes with UCUM and a value."""
    return "code" not in quantity or (quantity.get("system") == UCUM and given(quantity, "value"))


def whole_ones(quantity: Json, _root: Json) -> bool:
    """cnt-3 in part: the unit is 1 and the value has no fraction."""
    return quantity.get("code", "1") == "1" and "." not in str(quantity.get("value", 0))


def ratio_is_whole(ratio: Json, _root: Json) -> bool:
    """rat-1: numerator and denominator come together; without them there is an extension."""
    numerator = "numerator" in ratio
    return numerator == ("denominator" in ratio) and (numerator or "extension" in ratio)


def rising(value: Json, _root: Json) -> bool:
    """rng-2: low is not above high, as far as their units are the same."""
    low, high = value.get("low", {}), value.get("high", {})
    if "value" not in low or "value" not in high:
        return True
    same = all(low.get(name) == high.get(name) for name in ("system", "code", "unit"))
    return not same or bool(low["value"] <= high["value"])


QUANTITIES: Table = {
    "Quantity": (CODE_NEEDS_SYSTEM,),
    "SimpleQuantity": (
        Invariant("sqty-1", "a comparator is not allowed here", lambda value, _root: not given(value, "comparator")),
    ),
    "Age": (
        CODE_NEEDS_SYSTEM,
        Invariant("age-1", f"a value needs a code, a system must be {UCUM}", coded_in_ucum),
        Invariant("age-1", "an age must be positive", lambda age, _root: age.get("value", 1) > 0),
    ),
    "Count": (
        CODE_NEEDS_SYSTEM,
        Invariant("cnt-3", f"a value needs a code, a system must be {UCUM}", coded_in_ucum),
        Invariant("cnt-3", "a count is a whole number with the unit code 1", whole_ones),
    ),
    "Distance": (
        CODE_NEEDS_SYSTEM,
        Invariant("dis-1", f"a value needs a code, a system must be {UCUM}", coded_in_ucum),
    ),
    "Duration": (
        CODE_NEEDS_SYSTEM,
        Invariant("drt-1", f"a code needs the system {UCUM} and a value", duration_in_ucum),
    ),
    "Ratio": (Invariant("rat-1", "numerator and denominator come together", ratio_is_whole),),
    "Range": (Invariant("rng-2", "low must not be above high", rising),),
    "Money": (
        Invariant(
            "currency",
            "a currency is a three-letter code of ISO 4217",
            lambda money, _root: CURRENCY.fullmatch(money.get("currency", "USD")) is not None,
        ),
    ),
}
