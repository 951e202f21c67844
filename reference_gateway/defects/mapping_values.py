"""Defects in numbers, units and what stands in their place (MAP-03, MAP-05, MAP-10); in front of Unity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from reference_gateway.defects.defect import Defect, swap
from reference_gateway.json_text import Json
from reference_gateway.unity_answers import Row
from reference_gateway.unity_dates import UnityDates, Written
from reference_gateway.unity_observations import UnityObservations
from reference_gateway.unity_problems import UnityProblems
from reference_gateway.unity_units import UCUM
from reference_gateway.unity_values import UnityValues

_ROUNDED: Mapping[str, tuple[str, str, str, str]] = {  # unit: other unit, factor, shift, digits kept
    "mmol/L": ("mg/dL", "18", "0", "0.1"),
    "mmol/mol": ("%", "0.0915", "2.2", "0.01"),
    "degF": ("Cel", "0.55", "-17.6", "0.1"),
}


class ConvertsRoughly(UnityValues):
    """Converts to the units of the house by factors that somebody has rounded."""

    def quantity(self, number: str, unit: str, comparator: str = "") -> Json:
        """Return the amount in the unit of the house."""
        if unit not in _ROUNDED:
            return super().quantity(number, unit, comparator)
        other, factor, shift, digits = _ROUNDED[unit]
        value = (Decimal(number) * Decimal(factor) + Decimal(shift)).quantize(Decimal(digits))
        return super().quantity(str(value), other, comparator)


class DropsUnitCodes(UnityValues):
    """Writes units as words only."""

    def quantity(self, number: str, unit: str, comparator: str = "") -> Json:
        """Return the quantity without system and code."""
        found = super().quantity(number, unit, comparator)
        return {name: value for name, value in found.items() if name not in ("system", "code")}


class RelabelsUnits(UnityValues):
    """Writes every concentration as mg/dL, whatever it was measured in."""

    def quantity(self, number: str, unit: str, comparator: str = "") -> Json:
        """Return the number with another unit."""
        return super().quantity(number, "mg/dL" if unit in ("mmol/L", "umol/L") else unit, comparator)


class TakesPoundsForKilograms(UnityValues):
    """Knows one unit of weight."""

    def quantity(self, number: str, unit: str, comparator: str = "") -> Json:
        """Return the number in kilograms."""
        return super().quantity(number, "kg" if unit in ("lb", "lbs") else unit, comparator)


class ReadsFloats(UnityValues):
    """Reads numbers as floats, so that 1.50 becomes 1.5."""

    def quantity(self, number: str, unit: str, comparator: str = "") -> Json:
        """Return the quantity; 79.6 of a large unit comes out as 0.0796 of a smaller one."""
        if unit == "umol/L":
            return super().quantity(str(round(float(number) / 1000, 3)), "mmol/L", comparator)
        return super().quantity(str(float(number)), unit, comparator)


class DropsComparators(UnityValues):
    """Reads <0.01 as 0.01."""

    def quantity(self, number: str, unit: str, comparator: str = "") -> Json:  # noqa: ARG002 - the honest signature
        """Return the quantity without its comparator."""
        return super().quantity(number, unit)


class TakesTheLowerEnd(UnityValues):
    """Reads the number that comes first."""

    def value(self, text: str) -> Json:
        """Return the first number of a range or ratio."""
        found = super().value(text)
        for name, part in (("valueRange", "low"), ("valueRatio", "numerator")):
            if name in found:
                return {"valueQuantity": found[name][part]}
        return found


class AbsentBecomesZero(UnityValues):
    """Writes zero where nothing was measured."""

    def value(self, text: str) -> Json:
        """Return zero for a missing value."""
        found = super().value(text)
        return {"valueQuantity": {"value": 0}} if "dataAbsentReason" in found else found


class CompletesPartialDates(UnityDates):
    """Makes the first day of a year or month that is all that is known."""

    def read(self, text: str) -> Written | None:
        """Return a whole date."""
        found = super().read(text)
        if found is None or found.local is not None:
            return found
        return Written((found.date + "-01-01")[:10])


class DropsDosages(UnityProblems):
    """Leaves out how a medication is taken."""

    def prescription(self, row: Row, listed: Row | None, record_id: str, patient_id: str) -> Json:
        """Return the prescription without its dosage."""
        return super().prescription({**row, "detail": ""}, listed, record_id, patient_id)


class KeepsOneHalf(UnityObservations):
    """Takes the two rows of a blood pressure for two of the same and keeps the first."""

    def groups(self, rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
        """Yield the first row of each group."""
        for group in super().groups(rows):
            yield group[:1]


class KnowsConventionalUnitsOnly(UnityValues):
    """Gives every unit that it does not use itself the next best one that it does."""

    def quantity(self, number: str, unit: str, comparator: str = "") -> Json:
        """Return the number in a conventional unit."""
        other = {"mmol/L": "mg/dL", "umol/L": "mg/dL", "mmol/mol": "%", "lb": "kg", "in": "cm", "degF": "Cel"}
        found = super().quantity(number, unit, comparator)
        return {**found, "unit": other[unit], "system": UCUM, "code": other[unit]} if unit in other else found


def _defect(name: str, breaks: str, summary: str, **part: Any) -> Defect:
    return swap(name, breaks, summary, target="unity", **part)


DEFECTS = (
    _defect("rounds-conversion-factors", "MAP-03", "converts glucose by 18 and the like", unity_values=ConvertsRoughly),
    _defect("drops-unit-codes", "MAP-03", "writes units without their UCUM code", unity_values=DropsUnitCodes),
    _defect("relabels-units", "MAP-03", "writes mg/dL behind a value in mmol/L", unity_values=RelabelsUnits),
    _defect("takes-pounds-for-kilograms", "MAP-03", "writes kg behind pounds", unity_values=TakesPoundsForKilograms),
    _defect("reads-values-as-floats", "MAP-05", "loses trailing zeros and digits", unity_values=ReadsFloats),
    _defect("drops-comparators", "MAP-05", "reads <0.01 as 0.01", unity_values=DropsComparators),
    _defect("takes-the-lower-end", "MAP-05", "reads a range as its lower end", unity_values=TakesTheLowerEnd),
    _defect("absent-becomes-zero", "MAP-05", "writes 0 where nothing was measured", unity_values=AbsentBecomesZero),
    _defect("completes-partial-dates", "MAP-05", "makes a day of a year", unity_dates=CompletesPartialDates),
    _defect("drops-dosages", "MAP-10", "leaves out how a medication is taken", unity_problems=DropsDosages),
    _defect(
        "keeps-one-half-of-pressures", "MAP-10", "delivers the systolic half only", unity_observations=KeepsOneHalf
    ),
    _defect(
        "knows-conventional-units-only", "MAP-10", "mislabels SI and US units", unity_values=KnowsConventionalUnitsOnly
    ),
)
