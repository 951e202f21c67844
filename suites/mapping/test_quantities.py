"""Family MAP: numbers, units, comparators, ranges and missing values."""

from decimal import Decimal

import pytest

from gauntlet import expect
from synthetic.metamorphic.quantity_meaning import UCUM, quantity_differences
from synthetic.metamorphic.units import BY_LOINC

pytestmark = pytest.mark.upstream("epic", "allscripts")

LAB, VITAL = "laboratory", "vital-signs"


def observation(category, loinc, name, **found):
    """Return an Observation of today's clinic."""
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": system, "code": category}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc, "display": name}], "text": name},
        "effectiveDateTime": "2026-06-01T14:00:00Z",
        **found,
    }


def quantity(value, unit, code, **more):
    """Return a quantity by UCUM, its digits as written."""
    return {"value": Decimal(value), "unit": unit, "system": UCUM, "code": code, **more}


UNITS = {
    "glucose-mass": (LAB, "2345-7", "Glucose in serum", "93", "mg/dL", "mg/dL"),
    "glucose-moles": (LAB, "14749-6", "Glucose in serum, moles", "5.1", "mmol/L", "mmol/L"),
    "hba1c-percent": (LAB, "4548-4", "HbA1c", "6.5", "%", "%"),
    "hba1c-ifcc": (LAB, "59261-8", "HbA1c by IFCC", "48", "mmol/mol", "mmol/mol"),
    "creatinine-moles": (LAB, "14682-9", "Creatinine in serum, moles", "79.6", "umol/L", "umol/L"),
    "thyrotropin": (LAB, "3016-3", "TSH", "2.10", "mIU/L", "m[IU]/L"),
    "weight-pounds": (VITAL, "29463-7", "Body weight", "154.3", "lb", "[lb_av]"),
    "temperature-fahrenheit": (VITAL, "8310-5", "Body temperature", "98.6", "degF", "[degF]"),
}


def unit(name, *defects):
    """Return a parameter that the given defects trip."""
    return pytest.param(name, marks=pytest.mark.requirement("MAP-03", tripped_by=[*defects]))


@pytest.mark.parametrize(
    "name",
    [
        unit("glucose-mass", "drops-unit-codes"),
        unit("glucose-moles", "rounds-conversion-factors", "relabels-units"),
        unit("hba1c-percent", "drops-unit-codes"),
        unit("hba1c-ifcc", "rounds-conversion-factors"),
        unit("creatinine-moles", "relabels-units", "reads-values-as-floats"),
        unit("thyrotropin", "drops-unit-codes", "reads-values-as-floats"),
        unit("weight-pounds", "takes-pounds-for-kilograms"),
        unit("temperature-fahrenheit", "rounds-conversion-factors"),
    ],
)
def test_units(planting, chart, name):
    """A measured value keeps its unit in UCUM, or is converted exactly

    A value is put into the EHR in a unit that hospitals use: glucose in mg/dL and mmol/L, HbA1c in percent and
    mmol/mol, creatinine in umol/L, weight in pounds, temperature in degrees Fahrenheit. What is delivered must be the
    same amount, to the last digit that was measured, with the UCUM code of its unit. A gateway may convert; then the
    result must be the exact conversion, rounded to no fewer digits than the value has.

    A glucose of 5.1 read as mg/dL is a coma, a weight in pounds read as kilograms doubles the dose.

    FHIR R4, Quantity: UCUM; decimal: precision is part of the value.
    """
    category, loinc, words, value, spoken, code = UNITS[name]
    truth = quantity(value, spoken, code)
    delivered = planting.must_be_delivered(chart, observation(category, loinc, words, valueQuantity=truth))
    found = delivered.get("valueQuantity", {})
    expect.that(
        "value" in found, f"{words} came without its value", expected=f"{value} {code}", actual=str(sorted(delivered))
    )
    problems = [str(item) for item in quantity_differences("valueQuantity", truth, found, BY_LOINC.get(loinc))]
    expect.that(
        not problems,
        f"{words} does not come out as the amount that was measured",
        expected=f"{value} {code} (UCUM), or its exact conversion",
        actual=f"{found.get('value')} {found.get('code', found.get('unit'))}: {'; '.join(problems)}",
    )


def said(resource):
    """Return what an Observation or Condition says, in one line: to be compared with the truth, digit by digit."""
    found = resource.get("valueQuantity")
    if found is not None:
        return f"{found.get('comparator', '')}{found.get('value')} {found.get('code', found.get('unit', ''))}".strip()
    if "valueRange" in resource:
        low, high = (resource["valueRange"].get(side, {}) for side in ("low", "high"))
        return f"{low.get('value')}-{high.get('value')} {low.get('code', low.get('unit', ''))}".strip()
    if "valueRatio" in resource:
        return ":".join(str(resource["valueRatio"].get(part, {}).get("value")) for part in ("numerator", "denominator"))
    if "dataAbsentReason" in resource:
        return "absent: " + ", ".join(item.get("code", "") for item in resource["dataAbsentReason"].get("coding", []))
    return resource.get("valueString") or resource.get("onsetDateTime") or "(nothing)"


ABSENT = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
            "code": "not-performed",
            "display": "Not Performed",
        }
    ]
}
TROPONIN = (LAB, "6598-7", "Troponin T")
VALUES = {
    "below": (observation(*TROPONIN, valueQuantity=quantity("0.01", "ng/mL", "ng/mL", comparator="<")), "<0.01 ng/mL"),
    "above": (observation(*TROPONIN, valueQuantity=quantity("100", "ng/mL", "ng/mL", comparator=">=")), ">=100 ng/mL"),
    "trailing-zero": (observation(*TROPONIN, valueQuantity=quantity("1.50", "ng/mL", "ng/mL")), "1.50 ng/mL"),
    "range": (
        observation(
            LAB,
            "5821-4",
            "Leukocytes in urine",
            valueRange={"low": quantity("10", "/uL", "/uL"), "high": quantity("25", "/uL", "/uL")},
        ),
        "10-25 /uL",
    ),
    "titre": (
        observation(
            LAB,
            "5048-4",
            "Nuclear antibody titre",
            valueRatio={"numerator": {"value": 1}, "denominator": {"value": 128}},
        ),
        "1:128",
    ),
    "not-performed": (observation(*TROPONIN, dataAbsentReason=ABSENT), "absent: not-performed"),
}


def value(name, *defects):
    """Return a parameter that the given defects trip."""
    return pytest.param(name, marks=pytest.mark.requirement("MAP-05", tripped_by=[*defects]))


@pytest.mark.parametrize(
    "name",
    [
        value("below", "drops-comparators"),
        value("above", "drops-comparators"),
        value("trailing-zero", "reads-values-as-floats"),
        value("range", "takes-the-lower-end"),
        value("titre", "takes-the-lower-end"),
        value("not-performed", "absent-becomes-zero"),
    ],
)
def test_values_that_are_no_plain_number(planting, chart, name):
    """Comparators, ranges, titres, trailing zeros and absent-data reasons survive

    An observation is put into the EHR whose value is no plain number: below or above a limit, with a trailing zero, a
    range, a titre, or none with a reason. What is delivered must say the same.

    A troponin of <0.01 is no heart attack, one of 0.01 may be; a test that was not performed has not come out zero.

    FHIR R4, Quantity.comparator; decimal; Observation.dataAbsentReason.
    """
    body, truth = VALUES[name]
    delivered = planting.must_be_delivered(chart, body)
    expect.that(
        said(delivered) == truth,
        "the value does not say what was recorded",
        expected=truth,
        actual=said(delivered),
    )


@pytest.mark.requirement("MAP-05", tripped_by=["completes-partial-dates"])
@pytest.mark.parametrize("date", ["1998", "2007-03"], ids=["year", "month"])
def test_partial_dates(planting, chart, date):
    """A date of which only the year or the month is known stays as it is

    A problem is put into the EHR whose onset is a year, or a month; the delivered onset must be no more precise.

    Asthma since 1998 is not asthma since New Year's Day; an invented day shifts every calculation of age and interval.

    FHIR R4, dateTime: partial dates.
    """
    system = "http://terminology.hl7.org/CodeSystem/condition"
    body = {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": f"{system}-clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{system}-ver-status", "code": "confirmed"}]},
        "category": [{"coding": [{"system": f"{system}-category", "code": "problem-list-item"}]}],
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J45.909"}], "text": "Asthma"},
        "onsetDateTime": date,
    }
    delivered = planting.must_be_delivered(chart, body)
    expect.equal(delivered.get("onsetDateTime"), date, "the onset is not the one that was recorded")
