"""Who lives here: age, sex, race, ethnicity, language.

Ages: US Census Bureau, Vintage 2023 national estimates by age and sex (NC-EST2023-AGESEX), in units of
100,000; the bands from 85 on are split by us. Race and ethnicity: US Census Bureau, 2020 Census redistricting data,
rounded (White 61.6, Black 12.4, Asian 6.0, Native 1.1, Pacific 0.2, other 8.4, two or more 10.2 %, Hispanic 18.7 %);
"other" is not among the codes of the OMB value sets used by US Core 6.1 (urn:oid:2.16.840.1.113883.6.238, CDC Race and
Ethnicity) and becomes unknown; half of those of two or more races have been asked without an answer. Languages and
marital status: American Community Survey tables B16001 and S1201, rounded; that three in ten Hispanic patients prefer
Spanish is ours.
"""

from __future__ import annotations

from typing import NamedTuple

from synthetic.dice import weighted

OLDEST = 104

# (first age of the five-year band, males, females)
_PYRAMID = (
    (0, 94, 90), (5, 101, 97), (10, 107, 102), (15, 112, 107), (20, 113, 108), (25, 112, 108), (30, 119, 116),
    (35, 115, 113), (40, 110, 109), (45, 98, 99), (50, 103, 104), (55, 101, 105), (60, 103, 109), (65, 89,
        99),
    (70, 73, 83), (75, 52, 63), (80, 30, 39), (85, 14, 23), (90, 6, 12), (95, 1, 4), (100, 0.3, 1),
)  # fmt: skip

AGE_AND_SEX = weighted(
    {(band, sex): share for band, men, women in _PYRAMID for sex, share in (("male", men), ("female", women))},
    4000,
)


class Coded(NamedTuple):
    """A code with its display."""

    code: str
    display: str


WHITE, BLACK = Coded("2106-3", "White"), Coded("2054-5", "Black or African American")
ASIAN, NATIVE = Coded("2028-9", "Asian"), Coded("1002-5", "American Indian or Alaska Native")
PACIFIC = Coded("2076-8", "Native Hawaiian or Other Pacific Islander")
UNKNOWN_RACE, ASKED_UNKNOWN = Coded("UNK", "unknown"), Coded("ASKU", "asked but unknown")
HISPANIC, NOT_HISPANIC = Coded("2135-2", "Hispanic or Latino"), Coded("2186-5", "Not Hispanic or Latino")

RACE = weighted(
    {(WHITE,): 62, (BLACK,): 12, (ASIAN,): 6, (NATIVE,): 1, (PACIFIC,): 0.2, (WHITE, BLACK): 2, (WHITE,
        ASIAN): 1.5,
     (WHITE, NATIVE): 2, (UNKNOWN_RACE,): 8, (ASKED_UNKNOWN,): 4}
)  # fmt: skip
ETHNICITY = weighted({HISPANIC: 19, NOT_HISPANIC: 81})

ENGLISH = Coded("en", "English")
SPANISH = Coded("es", "Spanish")
LANGUAGE = weighted(
    {ENGLISH: 92, SPANISH: 3, Coded("zh", "Chinese"): 1, Coded("vi", "Vietnamese"): 0.6, Coded("ar",
        "Arabic"): 0.5,
     Coded("ru", "Russian"): 0.4, Coded("ko", "Korean"): 0.4, Coded("fr", "French"): 0.6}
)  # fmt: skip
LANGUAGE_OF_HISPANIC = weighted({ENGLISH: 70, SPANISH: 30})

MARITAL_OF_ADULTS = weighted(
    {Coded("M", "Married"): 50, Coded("S", "Never Married"): 31, Coded("D", "Divorced"): 11, Coded("W",
        "Widowed"): 6,
     Coded("L", "Legally Separated"): 2}
)  # fmt: skip
NEVER_MARRIED = Coded("S", "Never Married")
