"""Units and how they convert, exactly: a small table of UCUM, and the substances whose moles have a mass.

UCUM: (c) Regenstrief Institute and the UCUM Organization. LOINC codes and names: LOINC (c) 1995-2025 Regenstrief
Institute, loinc.org/license, unaltered. Pound, inch: international agreement of 1959. Molar masses: sums of the
abridged standard atomic weights of CIAAW 2021 (H 1.008, C 12.011, N 14.007, O 15.999). HbA1c: master equation of
NGSP and IFCC (ngsp.org/ifcc.asp).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple


class Linear(NamedTuple):
    """y = x * factor + shift, in fractions: nothing is rounded on the way."""

    factor: Fraction
    shift: Fraction = Fraction(0)

    def __call__(self, value: Decimal | int | Fraction) -> Fraction:
        """The image of a value."""
        return Fraction(value) * self.factor + self.shift

    @property
    def inverse(self) -> Linear:
        """The way back."""
        return Linear(1 / self.factor, -self.shift / self.factor)

    def then(self, other: Linear) -> Linear:
        """This conversion, and then another one."""
        return Linear(self.factor * other.factor, self.shift * other.factor + other.shift)


def times(factor: str | int) -> Linear:
    """Multiplication by an exact number."""
    return Linear(Fraction(factor))


class Unit(NamedTuple):
    """What is measured in a unit, and the conversion to the first unit of that kind."""

    kind: str
    to_first: Linear


UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        "kg": Unit("mass", times(1)),
        "g": Unit("mass", times("0.001")),
        "[lb_av]": Unit("mass", times("0.45359237")),
        "cm": Unit("length", times(1)),
        "m": Unit("length", times(100)),
        "[in_i]": Unit("length", times("2.54")),
        "Cel": Unit("temperature", times(1)),
        "[degF]": Unit("temperature", Linear(Fraction(5, 9), Fraction(-160, 9))),
        "K": Unit("temperature", Linear(Fraction(1), Fraction("-273.15"))),
        "mg/dL": Unit("mass concentration", times(1)),
        "g/dL": Unit("mass concentration", times(1000)),
        "g/L": Unit("mass concentration", times(100)),
        "mmol/L": Unit("substance concentration", times(1)),
        "umol/L": Unit("substance concentration", times("0.001")),
        "10*3/uL": Unit("number concentration", times(1)),
        "10*9/L": Unit("number concentration", times(1)),
        "/uL": Unit("number concentration", times("0.001")),
        "m[IU]/L": Unit("activity concentration", times(1)),
        "u[IU]/mL": Unit("activity concentration", times(1)),
        "%": Unit("fraction by NGSP", times(1)),
        "mmol/mol": Unit("fraction by IFCC", times(1)),
    }
)


class Analyte(NamedTuple):
    """A substance whose amount has a LOINC code for each of two kinds of unit."""

    name: str
    conventional: str  # LOINC, in the first unit of `kinds[0]`
    si: str  # LOINC, in the first unit of `kinds[1]`
    si_display: str
    si_unit: str
    kinds: tuple[str, str]
    to_si: Linear  # from the first unit of the one kind to the first unit of the other


def molar(name: str, conventional: str, si: str, si_display: str, mass: str, si_unit: str = "mmol/L") -> Analyte:
    """A substance by its molar mass in g/mol: 1 mg/dL is 10/mass mmol/L."""
    kinds = ("mass concentration", "substance concentration")
    return Analyte(name, conventional, si, si_display, si_unit, kinds, Linear(10 / Fraction(mass)))


_GLUCOSE, _CHOLESTEROL, _CREATININE = "180.156", "386.664", "113.120"  # C6H12O6, C27H46O, C4H7N3O
ANALYTES: tuple[Analyte, ...] = (
    molar("glucose", "2345-7", "14749-6", "Glucose [Moles/volume] in Serum or Plasma", _GLUCOSE),
    molar("cholesterol", "2093-3", "14647-2", "Cholesterol [Moles/volume] in Serum or Plasma", _CHOLESTEROL),
    molar("HDL cholesterol", "2085-9", "14646-4", "Cholesterol in HDL [Moles/volume] in Serum or Plasma", _CHOLESTEROL),
    molar(
        "LDL cholesterol",
        "13457-7",
        "39469-2",
        "Cholesterol in LDL [Moles/volume] in Serum or Plasma by calculation",
        _CHOLESTEROL,
    ),
    molar("creatinine", "2160-0", "14682-9", "Creatinine [Moles/volume] in Serum or Plasma", _CREATININE, "umol/L"),
    Analyte(
        "HbA1c",
        "4548-4",
        "59261-8",
        "Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol",
        "mmol/mol",
        ("fraction by NGSP", "fraction by IFCC"),
        Linear(Fraction("0.09148"), Fraction("2.152")).inverse,
    ),
)
BY_LOINC: Mapping[str, Analyte] = MappingProxyType(
    {code: analyte for analyte in ANALYTES for code in (analyte.conventional, analyte.si)}
)


def conversion(source: str, target: str, analyte: Analyte | None = None) -> Linear | None:
    """The conversion between two UCUM units, None when there is none; mass to moles needs the substance."""
    if source not in UNITS or target not in UNITS:
        return None
    start, goal = UNITS[source], UNITS[target]
    if start.kind == goal.kind:
        return start.to_first.then(goal.to_first.inverse)
    if analyte is None or {start.kind, goal.kind} != set(analyte.kinds):
        return None
    bridge = analyte.to_si if start.kind == analyte.kinds[0] else analyte.to_si.inverse
    return start.to_first.then(bridge).then(goal.to_first.inverse)
