"""What was measured: vital signs and laboratory values that fit age, sex and illness."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from synthetic.codes import measurements as m
from synthetic.codes.measurements import LABS
from synthetic.dice import Draw, between, normal, pick, weighted
from synthetic.instants import NOW, age_on
from synthetic.person import Person
from synthetic.problems import DIABETES, Problem, codes_of
from synthetic.timeline import ADMISSION, EMERGENCY, TELEPHONE, Visit


class Finding(NamedTuple):
    """One measurement. `value` is decimal text as printed, empty when there is none (status cancelled).

    `test` is the LOINC code of a vital sign, or the key of a laboratory test and how its value reads: "glucose/H"
    (L, N, H, or missing).
    """

    test: str
    value: str
    status: str
    diastolic: str = ""


class Round(NamedTuple):
    """Measurements taken together: a round of vital signs, or what came of one sample of blood."""

    visit: Visit
    time: int
    issued: int
    laboratory: bool
    findings: tuple[Finding, ...]


_VITAL_STATUS = weighted({"final": 97, "amended": 1, "corrected": 1, "entered-in-error": 1}, 100)
_LAB_STATUS = weighted({"final": 93, "amended": 2, "corrected": 2, "entered-in-error": 1, "cancelled": 2}, 100)
_BASIC = (
    "glucose",
    "sodium",
    "potassium",
    "chloride",
    "bicarbonate",
    "calcium",
    "urea",
    "creatinine",
    "egfr",
)
_BLOOD_COUNT = ("hemoglobin", "hematocrit", "leukocytes", "platelets")
_LIPIDS = ("cholesterol", "hdl", "triglycerides", "ldl")

# Age in years, height in cm, weight in kg: medians of both sexes, WHO (0-2 years) and CDC 2000 growth
# charts, rounded.
_GROWTH = (
    (0.0, 50.0, 3.4), (0.25, 60.5, 6.1), (0.5, 66.5, 7.6), (1.0, 75.0, 9.3), (2.0, 87.0, 12.2), (3.0, 95.0,
        14.2),
    (4.0, 102.5, 16.3), (6.0, 115.5, 20.7), (8.0, 128.0, 25.7), (10.0, 138.5, 32.5), (12.0, 149.5, 41.0),
    (14.0, 161.0, 50.0), (16.0, 167.5, 57.5), (18.0, 169.5, 62.0),
)  # fmt: skip


def rounds(draw: Draw, person: Person, visits: tuple[Visit, ...], problems: tuple[Problem, ...]) -> tuple[Round, ...]:
    """All measurements by visit. The visit in progress has every vital sign and a metabolic panel."""
    body = _Body(draw, person, codes_of(problems))
    found: list[Round] = []
    for visit in visits:
        if not visit.happened or visit.kind == TELEPHONE:
            continue
        current = visit.end is None
        found.append(body.vital_signs(draw, visit, everything=current))
        panel = _BASIC if current else _wanted(body.codes, person) if visit.ordinal == len(visits) - 2 else ()
        if visit.kind in (EMERGENCY, ADMISSION):
            panel = (*panel, *_BLOOD_COUNT)
        if panel:
            found.append(body.laboratory(draw, visit, panel))
    return tuple(found)


def _wanted(codes: frozenset[str], person: Person) -> tuple[str, ...]:
    """What a check-up orders for these illnesses."""
    tests: tuple[str, ...] = (
        ("hemoglobin", "leukocytes") if person.age < 18 or not codes & DIABETES else ("hba1c", "creatinine", "egfr")
    )
    if codes & {"E78.5", "I25.10", "E11.9"}:
        tests += _LIPIDS
    if "E03.9" in codes:
        tests += ("tsh",)
    if "D50.9" in codes:
        tests += ("hematocrit",)
    return tests


class _Body:
    """What stays the same of one person's body from visit to visit."""

    def __init__(self, draw: Draw, person: Person, codes: frozenset[str]) -> None:
        self.person, self.codes = person, codes
        self.tall = normal(draw, 0, 1)
        self.heavy = normal(draw, 0, 1)
        self.pressure = normal(draw, 0, 1)
        self.a1c = normal(draw, 7.4, 1.1) if codes & DIABETES else normal(draw, 5.3, 0.22)
        self.creatinine = normal(draw, 1.75, 0.25) if "N18.30" in codes else normal(draw, 0.85, 0.13)

    def size(self, day: int) -> tuple[float, float]:
        """Height in cm and weight in kg on a day."""
        years = (day - self.person.birth_day) / 365.25
        if years < 18:
            height, weight = _grown(years)
            tall, heavy = 1 + 0.04 * self.tall, 1 + 0.12 * self.heavy + 0.04 * self.tall
            return height * tall, weight * max(0.7, heavy) * (1.35 if "E66.9" in self.codes else 1)
        male = self.person.sex == "male"
        height = (175.5 if male else 162.0) + (7.2 if male else 6.8) * self.tall - max(0.0, years - 50) * 0.06
        index = 34.0 + 2.5 * self.heavy if "E66.9" in self.codes else 25.2 + 2.4 * self.heavy
        return height, index * height * height / 10_000

    def vital_signs(self, draw: Draw, visit: Visit, *, everything: bool) -> Round:
        """Blood pressure and weight, or everything."""
        time = visit.start + 60 * between(draw, 2, 8)
        height, weight = self.size(visit.day)
        height_text = f"{height:.1f}"
        weight_text = f"{weight * (1 + (draw() - 0.5) * 0.03):.2f}"
        systolic, diastolic = self.blood_pressure(draw, visit.day)
        found = [
            Finding(m.BLOOD_PRESSURE, str(systolic), pick(draw, _VITAL_STATUS), str(diastolic)),
            Finding(m.WEIGHT.code, weight_text, pick(draw, _VITAL_STATUS)),
        ]
        if everything:
            ill = visit.kind in (EMERGENCY, ADMISSION)
            index = float(weight_text) / float(height_text) ** 2 * 10_000
            pulse, breaths = _rates(draw, age_on(self.person.birth_day, visit.day), ill=ill)
            more = (
                (m.HEART_RATE, pulse),
                (m.RESPIRATORY_RATE, breaths),
                (m.TEMPERATURE, f"{normal(draw, 37.8 if ill else 36.8, 0.4):.1f}"),
                (
                    m.OXYGEN,
                    str(between(draw, 90, 97) if ill or "J44.9" in self.codes else between(draw, 95, 100)),
                ),
                (m.HEIGHT, height_text),
                (m.BMI, f"{index:.1f}"),
            )
            found += [Finding(vital.code, value, "final") for vital, value in more]
        return Round(visit, time, time, laboratory=False, findings=tuple(found))

    def blood_pressure(self, draw: Draw, day: int) -> tuple[int, int]:
        """Systolic and diastolic in mmHg."""
        years = max(0.0, (day - self.person.birth_day) / 365.25)
        systolic = 70 + 2.4 * years if years < 18 else 112 + 0.25 * (years - 18)
        systolic += 16 * ("I10" in self.codes) + 7 * self.pressure + normal(draw, 0, 4)
        high = max(60, int(systolic))
        return high, max(35, min(high - 20, int(high * 0.62 + normal(draw, 0, 4))))

    def laboratory(self, draw: Draw, visit: Visit, panel: tuple[str, ...]) -> Round:
        """One venous sample and what came of it."""
        time = visit.start + 60 * between(draw, 9, 14)
        issued = min(time + 60 * between(draw, 50, 200), NOW, self.person.death or NOW)
        values = self.values(draw, visit.day, panel)
        found = []
        for name in panel:
            lab, value = LABS[name], values[name]
            status = pick(draw, _LAB_STATUS)
            if visit.end is None:  # what a consumer files and reads now is never void
                status = "preliminary" if status in ("cancelled", "entered-in-error") else status
            if status == "cancelled":
                found.append(Finding(f"{name}/missing", "", status))
            else:
                printed = lab.format % max(0.0, value)
                found.append(Finding(f"{name}/{lab.interpretation(float(printed))}", printed, status))
        return Round(visit, time, issued, laboratory=True, findings=tuple(found))

    def values(self, draw: Draw, day: int, panel: tuple[str, ...]) -> dict[str, float]:
        """Values that agree with each other.

        Glucose with HbA1c, eGFR with creatinine, LDL with the other lipids.
        """
        drawn = {name: normal(draw, LABS[name].mean, LABS[name].deviation) for name in panel}
        years = age_on(self.person.birth_day, day)
        if "hba1c" in drawn:
            drawn["hba1c"] = self.a1c + normal(draw, 0, 0.1)
        if "glucose" in drawn and self.codes & DIABETES:  # ADAG study, doi:10.2337/dc08-0545
            drawn["glucose"] = 28.7 * self.a1c - 46.7 + normal(draw, 0, 12)
        if "creatinine" in drawn:
            creatinine = self.creatinine if years >= 18 else 0.25 + 0.03 * years
            drawn["creatinine"] = round(max(0.2, creatinine + normal(draw, 0, 0.04)), 2)
            drawn["egfr"] = egfr(drawn["creatinine"], years, self.person.sex)
            drawn["urea"] = drawn["creatinine"] * 15 + normal(draw, 0, 2)
        if "cholesterol" in drawn:
            drawn["cholesterol"] += 32 if "E78.5" in self.codes else 0
            drawn["ldl"] = max(
                30.0, drawn["cholesterol"] - drawn["hdl"] - drawn["triglycerides"] / 5
            )  # Friedewald 1972
        if "hemoglobin" in drawn:
            drawn["hemoglobin"] += (0.7 if self.person.sex == "male" else -0.5) - (3.2 if "D50.9" in self.codes else 0)
            drawn["hematocrit"] = drawn["hemoglobin"] * 3 + normal(draw, 0, 0.4)
        return drawn


def egfr(creatinine: float, years: int, sex: str) -> float:
    """CKD-EPI 2021 without race (doi:10.1056/NEJMoa2102953), mL/min/1.73m2, for creatinine in mg/dL."""
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "female" else (0.9, -0.302, 1.0)
    ratio = creatinine / kappa
    return float(142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**years * factor)


def _grown(years: float) -> tuple[float, float]:
    """Median height and weight of a child, between the rows of the growth table."""
    for (age, height, weight), (older, taller, heavier) in pairwise(_GROWTH):
        if years <= older:
            part = (years - age) / (older - age)
            return height + (taller - height) * part, weight + (heavier - weight) * part
    return _GROWTH[-1][1:]


def _rates(draw: Draw, years: int, *, ill: bool) -> tuple[str, str]:
    """Heart and respiratory rate (Fleming et al. 2011, doi:10.1016/S0140-6736(10)62226-X, rounded)."""
    pulse, breaths = (130, 36) if years < 1 else (105, 25) if years < 6 else (85, 19) if years < 13 else (74, 15)
    more = 18 if ill else 0
    return str(int(normal(draw, pulse + more, 9))), str(max(9, int(normal(draw, breaths + more / 5, 2))))
