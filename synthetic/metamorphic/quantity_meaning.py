"""Whether two quantities mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from synthetic.metamorphic.difference import Difference
from synthetic.metamorphic.reading import Json
from synthetic.metamorphic.rounding import decimals, mean_the_same
from synthetic.metamorphic.units import Analyte, conversion

UCUM = "http://unitsofmeasure.org"


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are not."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def is_quantity(value: Any) -> bool:
    """Whether an object is a quantity with a number."""
    return isinstance(value, dict) and is_number(value.get("value"))


def unit_of(quantity: Json) -> tuple[str | None, str | None]:
    """System and code of a unit; the words for it only when it has no code."""
    if "code" in quantity:
        return quantity.get("system"), quantity["code"]
    return quantity.get("system"), quantity.get("unit")


def quantity_differences(path: str, left: Json, right: Json, analyte: Analyte | None) -> Iterator[Difference]:
    """How two quantities differ: number, unit, comparator. `analyte` is the substance that was measured."""
    (left_system, left_unit), (right_system, right_unit) = unit_of(left), unit_of(right)
    if left.get("comparator") != right.get("comparator"):
        yield Difference(f"{path}.comparator", "value", left.get("comparator"), right.get("comparator"))
    if (left_system, left_unit) == (right_system, right_unit):
        yield from number_differences(f"{path}.value", left["value"], right["value"])
        return
    both_ucum = left_system == right_system == UCUM
    convert = conversion(str(left_unit), str(right_unit), analyte) if both_ucum else None
    if convert is None:
        yield Difference(f"{path}.code", "unit", left_unit, right_unit)
    elif kind := mean_the_same(left["value"], right["value"], convert):
        yield Difference(f"{path}.value", kind, f"{left['value']} {left_unit}", f"{right['value']} {right_unit}")


def number_differences(path: str, left: Decimal | int, right: Decimal | int) -> Iterator[Difference]:
    """How two numbers in the same unit differ."""
    if left != right:
        yield Difference(path, "value", left, right)
    elif decimals(left) != decimals(right):
        yield Difference(path, "precision", left, right)
