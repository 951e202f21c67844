from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from synthetic.metamorphic.units import ANALYTES, BY_LOINC, UNITS, conversion


@pytest.mark.parametrize(
    ("value", "source", "target", "loinc", "expected"),
    [
        ("1", "[lb_av]", "kg", "", "0.45359237"),
        ("98.6", "[degF]", "Cel", "", "37"),
        ("-40", "Cel", "[degF]", "", "-40"),
        ("0", "Cel", "K", "", "273.15"),
        ("70", "[in_i]", "cm", "", "177.8"),
        ("6.8", "10*3/uL", "10*9/L", "", "6.8"),
        ("14.2", "g/dL", "g/L", "", "142"),
        ("180.156", "mg/dL", "mmol/L", "2345-7", "10"),
        ("38.6664", "mg/dL", "mmol/L", "2093-3", "1"),
        ("1.1312", "mg/dL", "umol/L", "2160-0", "100"),
        ("11.3", "%", "mmol/mol", "4548-4", "100"),
        ("48", "mmol/mol", "%", "4548-4", "6.54304"),
    ],
)
def test_exact_conversions(value: str, source: str, target: str, loinc: str, expected: str) -> None:
    convert = conversion(source, target, BY_LOINC.get(loinc))

    assert convert is not None
    assert convert(Decimal(value)) == Fraction(expected)
    assert convert.inverse(Fraction(expected)) == Fraction(value)


@pytest.mark.parametrize(
    ("source", "target", "loinc"),
    [
        ("kg", "cm", ""),
        ("mg/dL", "mmol/L", ""),
        ("mg/dL", "kg", "2345-7"),
        ("%", "mmol/mol", ""),
        ("%", "mmol/mol", "2345-7"),
        ("kg", "stone", ""),
    ],
)
def test_no_conversion(source: str, target: str, loinc: str) -> None:
    assert conversion(source, target, BY_LOINC.get(loinc)) is None


def test_the_table_fits_together() -> None:
    kinds = {unit.kind for unit in UNITS.values()}

    assert len(BY_LOINC) == 2 * len(ANALYTES)
    assert {kind for analyte in ANALYTES for kind in analyte.kinds} <= kinds
    assert all(UNITS[analyte.si_unit].kind == analyte.kinds[1] for analyte in ANALYTES)
