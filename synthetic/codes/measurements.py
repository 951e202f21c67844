"""Measurements: LOINC codes, UCUM units, reference ranges.

LOINC codes and long common names: LOINC (c) 1995-2025 Regenstrief Institute and the LOINC Committee,
loinc.org/license, unaltered. UCUM: (c) Regenstrief Institute and the UCUM Organization. Reference ranges:
American Board of Internal Medicine, Laboratory Test Reference Ranges, 2024; where those of women and men differ, from
the lower end of the women's to the upper end of the men's (hemoglobin 12-16 and 14-18, hematocrit 37-47 and 42-50,
creatinine 0.5-1.1 and 0.7-1.3). Lipids: the desirable ranges of the National Cholesterol Education Program (ATP III,
2001). HbA1c: American Diabetes Association. eGFR: KDIGO 2012, below 60 is decreased. Spread among healthy people: most
lie well within the range, which is about four deviations wide; figures are ours.
"""

from __future__ import annotations

from typing import NamedTuple


class Vital(NamedTuple):
    """A vital sign of the FHIR vital-signs profiles."""

    code: str
    display: str
    profile: str  # US Core short name
    unit: str
    ucum: str
    decimals: int


HEART_RATE = Vital("8867-4", "Heart rate", "us-core-heart-rate", "beats/minute", "/min", 0)
RESPIRATORY_RATE = Vital("9279-1", "Respiratory rate", "us-core-respiratory-rate", "breaths/minute", "/min", 0)
TEMPERATURE = Vital("8310-5", "Body temperature", "us-core-body-temperature", "Cel", "Cel", 1)
WEIGHT = Vital("29463-7", "Body weight", "us-core-body-weight", "kg", "kg", 2)
HEIGHT = Vital("8302-2", "Body height", "us-core-body-height", "cm", "cm", 1)
BMI = Vital("39156-5", "Body mass index (BMI) [Ratio]", "us-core-bmi", "kg/m2", "kg/m2", 1)
OXYGEN = Vital(
    "59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "us-core-pulse-oximetry", "%", "%", 0
)


VITALS = (HEART_RATE, RESPIRATORY_RATE, TEMPERATURE, WEIGHT, HEIGHT, BMI, OXYGEN)
BLOOD_PRESSURE = "85354-9"  # Blood pressure panel with all children optional
_FORMATS = ("%.0f", "%.1f", "%.2f")


class Lab(NamedTuple):
    """A laboratory test: reference range (None: no limit), and where values lie in healthy people."""

    code: str
    display: str
    unit: str  # as people write it
    ucum: str
    decimals: int
    low: float | None
    high: float | None
    mean: float
    deviation: float

    @property
    def format(self) -> str:
        """How a value is printed, as a %-format."""
        return _FORMATS[self.decimals]

    def flag(self, value: float) -> str:
        """L, N or H against the reference range (HL7 v3-ObservationInterpretation)."""
        if self.low is not None and value < self.low:
            return "L"
        return "H" if self.high is not None and value > self.high else "N"


LABS: dict[str, Lab] = {
    "glucose": Lab("2345-7",
        "Glucose [Mass/volume] in Serum or Plasma",
        "mg/dL", "mg/dL", 0, 70, 99, 90, 8),
    "sodium": Lab("2951-2",
        "Sodium [Moles/volume] in Serum or Plasma",
        "mmol/L", "mmol/L", 0, 136, 145, 140, 2.2),
    "potassium": Lab("2823-3",
        "Potassium [Moles/volume] in Serum or Plasma",
        "mmol/L", "mmol/L", 1, 3.5, 5.0, 4.2, 0.35),
    "chloride": Lab("2075-0",
        "Chloride [Moles/volume] in Serum or Plasma",
        "mmol/L", "mmol/L", 0, 98, 106, 102, 2.2),
    "bicarbonate": Lab("2028-9",
        "Carbon dioxide, total [Moles/volume] in Serum or Plasma",
        "mmol/L", "mmol/L", 0, 23, 28, 25, 1.6),
    "calcium": Lab("17861-6",
        "Calcium [Mass/volume] in Serum or Plasma",
        "mg/dL", "mg/dL", 1, 8.6, 10.2, 9.4, 0.4),
    "urea": Lab("3094-0",
        "Urea nitrogen [Mass/volume] in Serum or Plasma",
        "mg/dL", "mg/dL", 0, 8, 20, 14, 3.5),
    "creatinine": Lab("2160-0",
        "Creatinine [Mass/volume] in Serum or Plasma",
        "mg/dL", "mg/dL", 2, 0.5, 1.3, 0.85, 0.16),
    "egfr": Lab("98979-8",
        "Glomerular filtration rate [Volume Rate/Area] in Serum, Plasma or Blood by "
        "Creatinine-based formula (CKD-EPI 2021)/1.73 sq M",
        "mL/min/1.73m2", "mL/min/{1.73_m2}", 0, 60, None, 95, 12),
    "hba1c": Lab("4548-4",
        "Hemoglobin A1c/Hemoglobin.total in Blood",
        "%", "%", 1, 4.0, 5.6, 5.3, 0.25),
    "cholesterol": Lab("2093-3",
        "Cholesterol [Mass/volume] in Serum or Plasma",
        "mg/dL", "mg/dL", 0, None, 199, 185, 30),
    "hdl": Lab("2085-9",
        "Cholesterol in HDL [Mass/volume] in Serum or Plasma",
        "mg/dL", "mg/dL", 0, 40, None, 55, 11),
    "triglycerides": Lab("2571-8",
        "Triglyceride [Mass/volume] in Serum or Plasma",
        "mg/dL", "mg/dL", 0, None, 149, 115, 35),
    "ldl": Lab("13457-7",
        "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation",
        "mg/dL", "mg/dL", 0, None, 129, 107, 28),
    "hemoglobin": Lab("718-7",
        "Hemoglobin [Mass/volume] in Blood",
        "g/dL", "g/dL", 1, 12.0, 18.0, 14.2, 1.0),
    "hematocrit": Lab("4544-3",
        "Hematocrit [Volume Fraction] of Blood by Automated count",
        "%", "%", 1, 37.0, 50.0, 42.5, 3),
    "leukocytes": Lab("6690-2",
        "Leukocytes [#/volume] in Blood by Automated count",
        "10*3/uL", "10*3/uL", 1, 4.0, 11.0, 7.0, 1.6),
    "platelets": Lab("777-3",
        "Platelets [#/volume] in Blood by Automated count",
        "10*3/uL", "10*3/uL", 0, 150, 450, 245, 48),
    "tsh": Lab("3016-3",
        "Thyrotropin [Units/volume] in Serum or Plasma",
        "mIU/L", "m[IU]/L", 2, 0.5, 4.0, 2.0, 0.7),
    "alt": Lab("1742-6",
        "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma",
        "U/L", "U/L", 0, 10, 40, 22, 7),
}  # fmt: skip
