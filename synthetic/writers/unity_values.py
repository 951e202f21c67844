"""What an Observation found, as text in a row of Unity."""

from __future__ import annotations

from decimal import Decimal

from synthetic.writers.record import Body


def words_of(concept: Body | None) -> str:
    """The text of a concept, else the display of its first coding, else its code."""
    concept = concept or {}
    codings = concept.get("coding", [])[:1]
    return str(concept.get("text") or next((one.get("display") or one.get("code", "") for one in codings), ""))


def value_of(body: Body) -> str:
    """The value with its comparator and unit: `<0.01 mg/dL`, `70-99 mg/dL`, `1:128`, or words as they stand."""
    if "valueCodeableConcept" in body:
        return words_of(body["valueCodeableConcept"])
    if "valueRange" in body:
        span = body["valueRange"]
        return f"{number_of(span.get('low'))}-{number_of(span.get('high'))} {_unit(span.get('low'))}".strip()
    if "valueRatio" in body:
        return ":".join(number_of(body["valueRatio"].get(part)) for part in ("numerator", "denominator"))
    if "valueBoolean" in body:
        return "Yes" if body["valueBoolean"] else "No"
    plain = next((str(body[name]) for name in _PLAIN if name in body), "")
    return plain or f"{number_of(body.get('valueQuantity'))} {_unit(body.get('valueQuantity'))}".strip()


def number_of(quantity: Body | None) -> str:
    """The digits of a quantity as they stand, behind its comparator; nothing without a number."""
    value = (quantity or {}).get("value")
    if quantity is None or value is None:
        return ""
    return str(quantity.get("comparator", "")) + (format(value, "f") if isinstance(value, Decimal) else str(value))


def limits_of(body: Body) -> str:
    """The first reference range: `70-99`, `>= 60`, `<= 199`, or its words when it has no limits."""
    for limits in body.get("referenceRange", [])[:1]:
        low, high = (number_of(limits.get(side)) for side in ("low", "high"))
        if low or high:
            return f"{low}-{high}" if low and high else f">= {low}" if low else f"<= {high}"
        return str(limits.get("text", ""))
    return ""


def when_of(body: Body) -> str:
    """When it was observed, or from when on; nothing when the record does not say."""
    times = body.get("effectiveTiming", {}).get("event", [])
    begun = body.get("effectivePeriod", {}).get("start", "")
    found = (body.get("effectiveDateTime"), body.get("effectiveInstant"), begun, *times)
    return next((text for text in found if text), "")


def _unit(quantity: Body | None) -> str:
    return str((quantity or {}).get("unit", ""))


_PLAIN = ("valueString", "valueInteger", "valueTime", "valueDateTime")
