"""Results: digits that count, comparators, ranges, ratios, missing values, and two units in one chart.

LOINC codes and names: LOINC (c) 1995-2025 Regenstrief Institute, loinc.org/license, unaltered.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from synthetic.edge_cases.case import Apply, Case, Changes, Edit, Target, edited, one_more, valid
from synthetic.edge_cases.exact_json import Spelled
from synthetic.edge_cases.targets import (
    LOINC,
    absent,
    creatinine,
    glucose,
    potassium,
    pressure,
    quantity,
    temperature,
    weight,
)

# What was said about the value that a case replaces.
_STALE = ("interpretation", "referenceRange", "dataAbsentReason")


def measured(target: Target, value: Any, unit: str, ucum: str | None = None, **further: Any) -> Apply:
    """The case of a result with this quantity."""
    fields = quantity(value, unit, ucum) | further
    return result(target, {f"valueQuantity.{name}": item for name, item in fields.items()})


def result(target: Target, edit: Edit) -> Apply:
    """The case of another result; what was said about the old one goes."""
    return edited(target, edit, without=_STALE)


def without_number(target: Target, value: Changes) -> Apply:
    """The case of a result that is not a quantity."""
    return result(target, {"valueQuantity": None} | value)


def absent_result(reason: str, display: str) -> Changes:
    """No value, and why."""
    system = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    coding = {"system": system, "code": reason, "display": display}
    return {"valueQuantity": None, "dataAbsentReason": {"coding": [coding]}}


def second_unit(target: Target, loinc: str, display: str, value: str, unit: str) -> Apply:
    """The case of one more result of the same thing in another unit, under the LOINC code for it."""
    changes: Changes = {
        "code": {"coding": [{"system": LOINC, "code": loinc, "display": display}], "text": display},
        "valueQuantity": quantity(Decimal(value), unit),
        "status": "final",
    }
    return one_more(target, changes, without=_STALE)


CASES: tuple[Case, ...] = (
    valid(
        "trailing-zero",
        "Observation.valueQuantity.value",
        "MAP-05 MAP-03 CON-06",
        "The value is 1.50: measured to the second digit, which 1.5 is not",
        measured(creatinine, Decimal("1.50"), "mg/dL"),
    ),
    valid(
        "exponent",
        "Observation.valueQuantity.value",
        "MAP-05 CON-06",
        "The value is written with an exponent",
        measured(creatinine, Spelled("8.8E-1"), "mg/dL"),
    ),
    valid(
        "exponent-with-plus",
        "Observation.valueQuantity.value",
        "MAP-05 CON-06",
        "The value is 1.5e+3: two digits count, and it is fifteen hundred",
        measured(glucose, Spelled("1.5e+3"), "mg/dL"),
    ),
    valid(
        "millionths",
        "Observation.valueQuantity.value",
        "MAP-05 CON-06",
        "The value is 0.0000010: not zero, and not 1e-6 with its last digit gone",
        measured(creatinine, Spelled("0.0000010"), "mg/dL"),
    ),
    valid(
        "eighteen-digits",
        "Observation.valueQuantity.value",
        "MAP-05 CON-06",
        "The value has more digits than a binary floating-point number keeps",
        measured(weight, Decimal("72.5000000000000001"), "kg"),
    ),
    valid(
        "below-detection",
        "Observation.valueQuantity.comparator",
        "MAP-05",
        "The result is less than 0.01, which is not 0.01",
        measured(creatinine, Decimal("0.01"), "mg/dL", comparator="<"),
    ),
    valid(
        "above-range",
        "Observation.valueQuantity.comparator",
        "MAP-05",
        "The result is 600 or more, which is not 600",
        measured(glucose, 600, "mg/dL", comparator=">="),
    ),
    valid(
        "zero",
        "Observation.valueQuantity.value",
        "MAP-05 CON-06",
        "The value is 0.0 and not missing",
        measured(creatinine, Decimal("0.0"), "mg/dL"),
    ),
    valid(
        "negative-value",
        "Observation.valueQuantity.value",
        "MAP-05 CON-06",
        "The temperature is below zero, as a freezer label filed to a chart can be; the sign stays",
        measured(temperature, Decimal("-2.5"), "Cel"),
    ),
    valid(
        "value-range",
        "Observation.valueRange",
        "MAP-05",
        "The result is a range, and has no value in the middle",
        without_number(glucose, {"valueRange": {"low": quantity(70, "mg/dL"), "high": quantity(99, "mg/dL")}}),
    ),
    valid(
        "titer",
        "Observation.valueRatio",
        "MAP-05",
        "The result is a titer of 1:128, which is no quotient",
        without_number(potassium, {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}),
    ),
    valid(
        "result-in-words",
        "Observation.valueString",
        "MAP-05",
        "The result is a sentence with numbers in it, and no number",
        without_number(potassium, {"valueString": ">10.0 mmol/L (hemolyzed, 2+); repeat"}),
    ),
    valid(
        "unit-in-words-only",
        "Observation.valueQuantity.unit",
        "MAP-03 MAP-02",
        "The unit is text without a code; no UCUM code may be guessed",
        result(glucose, {"valueQuantity": {"value": 91, "unit": "mg/dl (serum)"}}),
    ),
    valid(
        "number-without-unit",
        "Observation.valueQuantity.value",
        "MAP-03",
        "The result has no unit, and none may be made up",
        result(potassium, {"valueQuantity": {"value": Decimal("4.10")}}),
    ),
    valid(
        "unit-with-annotation",
        "Observation.valueQuantity.code",
        "MAP-03",
        "The unit has an annotation in braces, which is part of the code",
        measured(creatinine, Decimal("1.02"), "mg/dL corrected", "mg/dL{corrected}"),
    ),
    valid(
        "result-missing",
        "Observation.dataAbsentReason",
        "MAP-05",
        "There is no result because the specimen was not fit, and that is what the record says",
        edited(glucose, absent_result("error", "Error"), without=("interpretation", "referenceRange")),
    ),
    valid(
        "systolic-missing",
        "Observation.component.dataAbsentReason",
        "MAP-05",
        "One half of a blood pressure is missing, and only that half",
        edited(
            pressure, {f"component[0].{name}": value for name, value in absent_result("unknown", "Unknown").items()}
        ),
    ),
    valid(
        "value-replaced-by-extension",
        "Observation.valueQuantity.value",
        "MAP-05",
        "The quantity has a unit, and an extension in place of its number",
        result(
            glucose,
            {
                "valueQuantity": {
                    "_value": absent("masked"),
                    "unit": "mg/dL",
                    "system": "http://unitsofmeasure.org",
                    "code": "mg/dL",
                }
            },
        ),
    ),
    valid(
        "reference-range-in-words",
        "Observation.referenceRange.text",
        "MAP-05",
        "The reference range is text, and has no limits",
        edited(
            potassium,
            {"referenceRange": [{"text": "3.5 - 5.0 (adults); see pediatric table"}]},
            without=["interpretation"],
        ),
    ),
    valid(
        "weight-in-pounds",
        "Observation.valueQuantity",
        "MAP-03 MAP-10",
        "The weight is in pounds; 154.3 is not a number of kilograms",
        measured(weight, Decimal("154.3"), "lb", "[lb_av]"),
    ),
    valid(
        "temperature-in-fahrenheit",
        "Observation.valueQuantity",
        "MAP-03 MAP-10",
        "The temperature is in degrees Fahrenheit",
        measured(temperature, Decimal("98.60"), "degF", "[degF]"),
    ),
    valid(
        "glucose-in-two-units",
        "Observation.valueQuantity",
        "MAP-03 MAP-10",
        "The chart has glucose in mg/dL and in mmol/L, each under its own code",
        second_unit(glucose, "14749-6", "Glucose [Moles/volume] in Serum or Plasma", "5.0", "mmol/L"),
    ),
    valid(
        "creatinine-in-two-units",
        "Observation.valueQuantity",
        "MAP-03 MAP-10",
        "The chart has creatinine in mg/dL and in umol/L, each under its own code",
        second_unit(creatinine, "14682-9", "Creatinine [Moles/volume] in Serum or Plasma", "88.4", "umol/L"),
    ),
    valid(
        "hba1c-in-mmol-per-mol",
        "Observation.valueQuantity",
        "MAP-03 MAP-10",
        "The chart has HbA1c in mmol/mol, under the code of the IFCC protocol: 48 is no percentage",
        second_unit(
            glucose, "59261-8", "Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol", "48.0", "mmol/mol"
        ),
    ),
)
