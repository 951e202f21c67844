"""Illnesses as ICD-10-CM codes with who has them and what they are treated with.

ICD-10-CM codes and names: CDC/NCHS, fiscal year 2025 (public domain). Prevalence in percent by age band. The sources
use other bands than ours, so their figures are carried over to the nearest and rounded:
* hypertension: NHANES 2015-2016, NCHS Data Brief 289 (men 9, 37, 59 and women 6, 29, 67 % at 18-39, 40-59, 60 and
  over);
* obesity: NHANES 2021-2023, NCHS Data Brief 508 (36, 46, 39 %, no difference between the sexes); children NHANES
  2017-2020, National Health Statistics Reports 158 (20 %);
* asthma: National Health Interview Survey 2021, CDC table 4-1 (boys 7.3, men 6.2, girls 5.6, women 9.7 %);
* kidney disease: NHANES 2015-2018, CDC "Chronic Kidney Disease in the United States, 2021" (stages 1 to 4: 12 % at
  45-64, 38 % at 65 and over; stage 3 is the larger part of it at these ages);
* the others have the order of magnitude, the rise with age and the difference between the sexes that NCHS publishes
  from the same surveys, and are ours.
Reasons for visits have the order of the National Ambulatory Medical Care Survey 2019; their weights are ours. The
figures shape a population; they are no epidemiology.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from synthetic.dice import weighted

BAND_ENDS = (18, 40, 60, 75)  # bands: 0-17, 18-39, 40-59, 60-74, 75 and over


class Chronic(NamedTuple):
    """An illness that stays: percent of males and of females who have it, by age band."""

    code: str
    display: str
    youngest: int  # age at onset, at least
    males: tuple[float, float, float, float, float]
    females: tuple[float, float, float, float, float]
    drugs: tuple[str, ...]
    sensitive: str = ""  # class of codes.sensitivity


class Acute(NamedTuple):
    """An illness that brings someone to a visit and passes."""

    code: str
    display: str
    days: int  # how long it lasts, about
    drugs: tuple[str, ...]  # one of them is prescribed


CHRONIC: tuple[Chronic, ...] = (
    Chronic("I10", "Essential (primary) hypertension", 20, (0, 9, 37, 57, 62), (0, 6, 29, 64, 72),
            ("lisinopril", "amlodipine", "losartan", "hydrochlorothiazide")),
    Chronic("E78.5", "Hyperlipidemia, unspecified", 25, (0, 7, 30, 48, 46), (0, 4, 24, 47, 45),
            ("atorvastatin", "simvastatin")),
    Chronic("E11.9", "Type 2 diabetes mellitus without complications", 30, (0, 1.5, 12, 23, 22),
            (0, 1.5, 10, 19, 19), ("metformin", "glipizide")),
    Chronic("E66.9", "Obesity, unspecified", 2, (20, 35, 46, 41, 34), (20, 36, 46, 41, 35), ()),
    Chronic("J45.909", "Unspecified asthma, uncomplicated", 3, (7, 7.5, 6, 5.5, 4.5), (5.5, 9.5, 10.5, 10, 9.5),
            ("albuterol", "fluticasone", "montelukast")),
    Chronic("J44.9", "Chronic obstructive pulmonary disease, unspecified", 45, (0, 0, 4, 10, 12),
            (0, 0, 5, 11, 12), ("albuterol", "fluticasone")),
    Chronic("I25.10", "Atherosclerotic heart disease of native coronary artery without angina pectoris", 45,
            (0, 0, 5, 16, 26), (0, 0, 3, 8, 17), ("aspirin", "clopidogrel")),
    Chronic("I50.9", "Heart failure, unspecified", 50, (0, 0, 1.5, 6, 11), (0, 0, 1, 4, 10),
            ("furosemide", "carvedilol")),
    Chronic("I48.91", "Unspecified atrial fibrillation", 50, (0, 0, 1, 7, 15), (0, 0, 0.6, 4, 12), ("warfarin",)),
    Chronic("N18.30", "Chronic kidney disease, stage 3 unspecified", 45, (0, 0, 3, 12, 28), (0, 0, 4, 14, 30), ()),
    Chronic("E03.9", "Hypothyroidism, unspecified", 20, (0, 0.5, 2, 4, 6), (0, 3, 8, 14, 17), ("levothyroxine",)),
    Chronic("F32.A", "Depression, unspecified", 14, (2, 6, 7, 6, 4), (5, 12, 13, 11, 7),
            ("sertraline", "fluoxetine"), "PSY"),
    Chronic("F41.1", "Generalized anxiety disorder", 14, (2, 6, 6, 4, 3), (5, 11, 9, 7, 5), ("sertraline",), "PSY"),
    Chronic("K21.9", "Gastro-esophageal reflux disease without esophagitis", 25, (0, 6, 14, 18, 18),
            (0, 7, 16, 21, 21), ("omeprazole",)),
    Chronic("M17.9", "Osteoarthritis of knee, unspecified", 45, (0, 0, 7, 16, 22), (0, 0, 10, 24, 32),
            ("acetaminophen",)),
    Chronic("M81.0", "Age-related osteoporosis without current pathological fracture", 55, (0, 0, 0, 3, 6),
            (0, 0, 2, 16, 26), ("alendronate",)),
    Chronic("M10.9", "Gout, unspecified", 35, (0, 0.5, 4, 8, 10), (0, 0, 1.5, 4, 5), ("allopurinol",)),
    Chronic("N40.0", "Benign prostatic hyperplasia without lower urinary tract symptoms", 45, (0, 0, 6, 22, 34),
            (0, 0, 0, 0, 0), ("tamsulosin",)),
    Chronic("D50.9", "Iron deficiency anemia, unspecified", 12, (0.5, 0.7, 1, 3, 6), (2, 7, 6, 4, 6),
            ("ferrous-sulfate",)),
    Chronic("G43.909", "Migraine, unspecified, not intractable, without status migrainosus", 12, (2, 6, 6, 3, 2),
            (4, 17, 15, 7, 4), ("ibuprofen",)),
    Chronic("E11.42", "Type 2 diabetes mellitus with diabetic polyneuropathy", 45, (0, 0, 2, 5, 6),
            (0, 0, 2, 4, 5), ("gabapentin", "metformin")),
    Chronic("J30.2", "Other seasonal allergic rhinitis", 5, (10, 12, 10, 8, 5), (9, 14, 13, 10, 6),
            ("cetirizine",)),
    Chronic("F10.20", "Alcohol dependence, uncomplicated", 21, (0, 4, 5, 3, 1), (0, 2, 2.5, 1.5, 0.5),
            ("naltrexone",), "ETH"),
    Chronic("F11.20", "Opioid dependence, uncomplicated", 18, (0, 1.2, 0.8, 0.4, 0.1), (0, 0.8, 0.6, 0.3, 0.1),
            ("buprenorphine",), "ETH"),
    Chronic("B20", "Human immunodeficiency virus [HIV] disease", 18, (0, 0.5, 0.9, 0.6, 0.2),
            (0, 0.1, 0.3, 0.2, 0.1), ("dolutegravir",), "HIV"),
)  # fmt: skip

_COLD = Acute("J06.9", "Acute upper respiratory infection, unspecified", 9, ("acetaminophen", "ibuprofen"))
_SINUSITIS = Acute("J01.90", "Acute sinusitis, unspecified", 14, ("amoxicillin", "azithromycin"))
_BRONCHITIS = Acute("J20.9", "Acute bronchitis, unspecified", 18, ("azithromycin", "prednisone"))
_STREP = Acute("J02.0", "Streptococcal pharyngitis", 7, ("amoxicillin",))
_CYSTITIS = Acute("N30.00", "Acute cystitis without hematuria", 6, ("co-trimoxazole",))
_BACK_PAIN = Acute("M54.50", "Low back pain, unspecified", 28, ("naproxen", "ibuprofen"))
_ANKLE = Acute("S93.401A", "Sprain of unspecified ligament of right ankle, initial encounter", 30, ("ibuprofen",))
_CELLULITIS = Acute("L03.115", "Cellulitis of right lower limb", 10, ("amoxicillin", "co-trimoxazole"))
_PNEUMONIA = Acute("J18.9", "Pneumonia, unspecified organism", 21, ("azithromycin", "amoxicillin"))
_HEADACHE = Acute("R51.9", "Headache, unspecified", 3, ("ibuprofen", "acetaminophen"))
_RASH = Acute("L23.9", "Allergic contact dermatitis, unspecified cause", 14, ("prednisone", "cetirizine"))
_FLU = Acute("J10.1",
    "Influenza due to other identified influenza virus with other respiratory manifestations", 8,
             ("acetaminophen",))  # fmt: skip
_OTITIS = Acute("H66.90", "Otitis media, unspecified, unspecified ear", 10, ("amoxicillin-liquid",))
_CHILD_COLD = _COLD._replace(drugs=("acetaminophen-liquid", "ibuprofen-liquid"))
_BABY_COLD = _COLD._replace(drugs=("acetaminophen-liquid",))
_CROUP = Acute("J05.0", "Acute obstructive laryngitis [croup]", 5, ("acetaminophen-liquid",))
_FEVER = Acute("R50.9", "Fever, unspecified", 3, ("acetaminophen-liquid",))

ACUTE_OF_INFANTS = weighted({_BABY_COLD: 5, _OTITIS: 2, _FEVER: 2, _CROUP: 1}, 100)
ACUTE_OF_CHILDREN = weighted({_CHILD_COLD: 5, _OTITIS: 3, _FEVER: 2, _CROUP: 1}, 100)
ACUTE_OF_WOMEN = weighted(
    {_COLD: 6, _SINUSITIS: 4, _BRONCHITIS: 2, _STREP: 2, _CYSTITIS: 5, _BACK_PAIN: 5, _ANKLE: 2,
        _CELLULITIS: 1,
     _HEADACHE: 2, _RASH: 2, _FLU: 1}, 200
)  # fmt: skip
ACUTE_OF_MEN = weighted(
    {_COLD: 6, _SINUSITIS: 3, _BRONCHITIS: 2, _STREP: 2, _BACK_PAIN: 6, _ANKLE: 3, _CELLULITIS: 2,
        _HEADACHE: 1,
     _RASH: 2, _FLU: 1}, 200
)  # fmt: skip
ADMISSIONS = weighted({_PNEUMONIA: 4, _CELLULITIS: 2}, 6)


def acute_pool(sex: str, age: int) -> tuple[Acute, ...]:
    """The acute illnesses of someone of this sex and age, ready for `pick`."""
    if age < 2:
        return ACUTE_OF_INFANTS
    if age < 12:
        return ACUTE_OF_CHILDREN
    return ACUTE_OF_WOMEN if sex == "female" else ACUTE_OF_MEN


def _at_risk(sex: str, band: int) -> tuple[tuple[Chronic, float], ...]:
    shares = ((illness, (illness.males if sex == "male" else illness.females)[band] / 100) for illness in CHRONIC)
    return tuple((illness, share) for illness, share in shares if share)


_RISKS = {sex: tuple(_at_risk(sex, band) for band in range(len(BAND_ENDS) + 1)) for sex in ("male", "female")}


def risks(sex: str, age: int) -> tuple[tuple[Chronic, float], ...]:
    """The long-standing illnesses of people of this sex and age, each with the share of them who have it."""
    return _RISKS[sex][bisect_right(BAND_ENDS, age)]
