"""What an Observation found as HL7 v2.5.1 data types: OBX-2, OBX-5, OBX-6 and OBX-7 (chapters 2A and 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from synthetic.writers.hl7v2_encoding import Component, Element, Field
from synthetic.writers.hl7v2_values import coded, coding_system, timestamp
from synthetic.writers.record import Body

Number = Decimal | int
Outcome = tuple[str, Field]


def number(value: Number) -> str:
    """NM: the digits as they stand, never with an exponent."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def unit(outcome: Body) -> Element:
    """CE of the unit of an Observation or component: UCUM code, and how people write it."""
    quantity = outcome.get("valueQuantity") or outcome.get("valueRange", {}).get("low") or {}
    parts: tuple[Component, ...] = (quantity.get("code", ""), quantity.get("unit", ""), coding_system(quantity))
    return parts if quantity.get("code") else ("", quantity["unit"]) if "unit" in quantity else ""


def limits(outcome: Body) -> str:
    """OBX-7: 70-99, >=60 or <=199, or the words of a reference range without limits."""
    for reference in outcome.get("referenceRange", [])[:1]:
        low, high = (_amount(reference.get(side, {})) for side in ("low", "high"))
        if low or high:
            return f"{low}-{high}" if low and high else f">={low}" if low else f"<={high}"
        return str(reference.get("text", ""))
    return ""


def measured(outcome: Body) -> Outcome:
    """OBX-2 and OBX-5 of an Observation or component; both empty without a value, or for one of `WITHOUT_PLACE`."""
    for name, write in _WRITERS.items():
        if name in outcome:
            return write(outcome[name])
    return "", ""


def _quantity(quantity: Body) -> Outcome:
    if "value" not in quantity:
        return "", ""
    if "comparator" in quantity:
        return "SN", (quantity["comparator"], _amount(quantity))
    return "NM", _amount(quantity)


def _range(span: Body) -> Outcome:
    low, high = (_amount(span.get(side, {})) for side in ("low", "high"))
    if low and high:
        return "SN", ("", low, "-", high)
    return "SN", (">=" if low else "<=", low or high)


def _ratio(ratio: Body) -> Outcome:
    numerator, denominator = (ratio.get(part, {}) for part in ("numerator", "denominator"))
    return "SN", (numerator.get("comparator", ""), _amount(numerator), ":", _amount(denominator))


def _truth(value: bool) -> Outcome:
    return "CE", ("Y", "Yes", "HL70136") if value else ("N", "No", "HL70136")


def _amount(quantity: Body) -> str:
    return number(quantity["value"]) if "value" in quantity else ""


_WRITERS: Mapping[str, Callable[..., Outcome]] = MappingProxyType(
    {
        "valueQuantity": _quantity,
        "valueCodeableConcept": lambda concept: ("CE", coded(concept)),
        "valueString": lambda text: ("ST", text),
        "valueInteger": lambda value: ("NM", number(value)),
        "valueBoolean": _truth,
        "valueRange": _range,
        "valueRatio": _ratio,
        "valueTime": lambda text: ("TM", text.replace(":", "")),
        "valueDateTime": lambda text: ("TS", timestamp(text)),
    }
)
WITHOUT_PLACE = ("valueSampledData", "valuePeriod")  # of R4's types of a value
