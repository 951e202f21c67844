"""What was measured: vital signs and laboratory values that fit age, sex and illness."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

from synthetic.codes import measurements as m
from synthetic.codes.measurements import LABS, Lab
from synthetic.dice import NORMAL, NORMAL_STEPS, Draw, between, normal, pick, weighted
from synthetic.instants import NOW, age_on
from synthetic.person import Person
from synthetic.problems import DIABETES
from synthetic.timeline import ADMISSION, EMERGENCY, Visit


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
    metabolic: bool = False  # a basic metabolic panel and nothing else


_VITAL_STATUS = weighted({"final": 97, "amended": 1, "corrected": 1, "entered-in-error": 1}, 100)
# One result in twenty is not simply final.
_RESULTS_PER_ODD_ONE = 20
_ODD_STATUS = weighted({"amended": 2, "corrected": 2, "entered-in-error": 1, "cancelled": 2}, 7)
_VOID = ("entered-in-error", "cancelled")
_BASIC = (
    "glucose",
    "sodium",
    "potassium",
    "chloride",
    "bicarbonate",
    "calcium",
    "urea",
    "creatinine",
)
_BLOOD_COUNT = ("hemoglobin", "hematocrit", "leukocytes", "platelets")
_LIPIDS = ("cholesterol", "hdl", "triglycerides", "ldl")
_LIPIDS_WATCHED = frozenset({"E78.5", "I25.10", "E11.9"})

# Age in years, height in cm, weight in kg: medians of both sexes, WHO (0-2 years) and CDC 2000 growth
# charts, rounded.
_GROWTH = (
    (0.0, 50.0, 3.4), (0.25, 60.5, 6.1), (0.5, 66.5, 7.6), (1.0, 75.0, 9.3), (2.0, 87.0, 12.2), (3.0, 95.0,
        14.2),
    (4.0, 102.5, 16.3), (6.0, 115.5, 20.7), (8.0, 128.0, 25.7), (10.0, 138.5, 32.5), (12.0, 149.5, 41.0),
    (14.0, 161.0, 50.0), (16.0, 167.5, 57.5), (18.0, 169.5, 62.0),
)  # fmt: skip
_GROWTH_AGES = tuple(age for age, _, _ in _GROWTH)


# Final results by test and text of the value, and those of healthy people by test and step of the dice; each is made
# when it is first seen.
_RESULTS: dict[str, dict[str, Finding]] = {name: {} for name in LABS}
_HEALTHY: dict[str, dict[int, Finding]] = {name: {} for name in LABS}


def _result(name: str, value: float) -> Finding:
    """The final result of a value as the laboratory prints it."""
    lab = LABS[name]
    text = lab.format % (value if value > 0 else 0.0)
    return _RESULTS[name].get(text) or _kept(name, lab, text)


def _kept(name: str, lab: Lab, text: str) -> Finding:
    finding = _RESULTS[name][text] = Finding(f"{name}/{lab.flag(float(text))}", text, "final")
    return finding


def _healthy(name: str, step: int) -> Finding:
    """The final result of a healthy person."""
    lab = LABS[name]
    finding = _HEALTHY[name][step] = _result(name, lab.mean + lab.deviation * NORMAL[step])
    return finding


def rounds(draw: Draw, person: Person, visits: tuple[Visit, ...], codes: frozenset[str]) -> tuple[Round, ...]:
    """All measurements by visit of someone who has the illnesses of these codes.

    The visit in progress has every vital sign and a metabolic panel.
    """
    body = _Body(draw, person, codes)
    found: list[Round] = []
    for visit in visits:
        if not visit.measured:
            continue
        found.append(body.vital_signs(draw, visit))
        panel = _BASIC if visit.end is None else _wanted(body.codes) if visit.ordinal == len(visits) - 2 else ()
        if visit.kind in (EMERGENCY, ADMISSION):
            panel += _BLOOD_COUNT
        if panel:
            found.append(body.laboratory(draw, visit, panel))
    return tuple(found)


def _wanted(codes: frozenset[str]) -> tuple[str, ...]:
    """What a check-up orders for these illnesses."""
    tests: tuple[str, ...] = ("hba1c", "creatinine", "egfr") if codes & DIABETES else ()
    if codes & _LIPIDS_WATCHED:
        tests += _LIPIDS
    if "E03.9" in codes:
        tests += ("tsh",)
    if "D50.9" in codes:
        tests += ("hemoglobin", "hematocrit")
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
        """Height in cm and weight in kg on a day.

        Mean heights of adults: CDC anthropometric reference data 2015-2018, Vital and Health Statistics 3(46).
        """
        years = (day - self.person.birth_day) / 365.25
        if years < 18:
            height, weight = _grown(years)
            tall, heavy = 1 + 0.04 * self.tall, 1 + 0.12 * self.heavy + 0.04 * self.tall
            return height * tall, weight * max(0.7, heavy) * (1.35 if "E66.9" in self.codes else 1)
        male = self.person.sex == "male"
        height = (175.5 if male else 162.0) + (7.2 if male else 6.8) * self.tall - max(0.0, years - 50) * 0.06
        index = 34.0 + 2.5 * self.heavy if "E66.9" in self.codes else 25.2 + 2.4 * self.heavy
        return height, index * height * height / 10_000

    def vital_signs(self, draw: Draw, visit: Visit) -> Round:
        """Blood pressure and weight, and in the visit in progress everything else."""
        time = visit.start + 60 * between(draw, 2, 8)
        height, weight = self.size(visit.day)
        weight_text = f"{weight * (1 + (draw() - 0.5) * 0.03):.2f}"
        systolic, diastolic = self.blood_pressure(draw, visit.day)
        pressure = Finding(m.BLOOD_PRESSURE, systolic, pick(draw, _VITAL_STATUS), diastolic)
        if visit.end is not None:
            found: tuple[Finding, ...] = (pressure, Finding(m.WEIGHT.code, weight_text, pick(draw, _VITAL_STATUS)))
        else:
            weighed = Finding(m.WEIGHT.code, weight_text, "final")
            found = (pressure, weighed, *self._more(draw, visit, f"{height:.1f}", weight_text))
        return Round(visit, time, time, False, found)

    def _more(self, draw: Draw, visit: Visit, height: str, weight: str) -> tuple[Finding, ...]:
        ill = visit.kind in (EMERGENCY, ADMISSION)
        pulse, breaths = _rates(draw, age_on(self.person.birth_day, visit.day), ill=ill)
        saturation = between(draw, 90, 97) if ill or "J44.9" in self.codes else between(draw, 95, 100)
        return (
            _whole(m.HEART_RATE.code, pulse),
            _whole(m.RESPIRATORY_RATE.code, breaths),
            Finding(m.TEMPERATURE.code, f"{normal(draw, 37.8 if ill else 36.8, 0.4):.1f}", "final"),
            _whole(m.OXYGEN.code, saturation),
            Finding(m.HEIGHT.code, height, "final"),
            Finding(m.BMI.code, f"{float(weight) / float(height) ** 2 * 10_000:.1f}", "final"),
        )

    def blood_pressure(self, draw: Draw, day: int) -> tuple[str, str]:
        """Systolic and diastolic in mmHg."""
        years = max(0.0, (day - self.person.birth_day) / 365.25)
        systolic = 70 + 2.4 * years if years < 18 else 112 + 0.25 * (years - 18)
        systolic += 16 * ("I10" in self.codes) + 7 * self.pressure + normal(draw, 0, 4)
        high = max(60, int(systolic))
        return str(high), str(max(35, min(high - 20, int(high * 0.62 + normal(draw, 0, 4)))))

    def laboratory(self, draw: Draw, visit: Visit, panel: tuple[str, ...]) -> Round:
        """One venous sample and what came of it."""
        time = visit.start + 60 * between(draw, 9, 14)
        issued = min(time + 60 * between(draw, 50, 200), NOW, self.person.death or NOW)
        own = self.own_values(draw, visit.day, panel)
        found = [
            _result(name, own[name])
            if name in own
            else _HEALTHY[name].get(step := int(draw() * NORMAL_STEPS)) or _healthy(name, step)
            for name in panel
        ]
        odd = int(draw() * _RESULTS_PER_ODD_ONE)
        if odd < len(found):
            found[odd] = _odd(draw, visit, found[odd])
        return Round(visit, time, issued, True, tuple(found), panel == _BASIC)

    def own_values(self, draw: Draw, day: int, panel: tuple[str, ...]) -> dict[str, float]:
        """Values that differ from a healthy person's, or that agree with each other.

        Glucose with HbA1c, eGFR with creatinine, LDL with the other lipids.
        """
        own: dict[str, float] = {}
        if "hba1c" in panel:
            own["hba1c"] = self.a1c + normal(draw, 0, 0.1)
        if "glucose" in panel and self.codes & DIABETES:  # ADAG study, doi:10.2337/dc08-0545
            own["glucose"] = 28.7 * self.a1c - 46.7 + normal(draw, 0, 12)
        if "creatinine" in panel:
            years = age_on(self.person.birth_day, day)
            creatinine = self.creatinine if years >= 18 else 0.25 + 0.03 * years
            creatinine = own["creatinine"] = round(max(0.2, creatinine + normal(draw, 0, 0.04)), 2)
            if "egfr" in panel:
                own["egfr"] = egfr(creatinine, years, self.person.sex)
            own["urea"] = creatinine * 15 + normal(draw, 0, 2)
        if "cholesterol" in panel:
            own |= self._lipids(draw)
        if "hemoglobin" in panel:
            usual, spread = LABS["hemoglobin"].mean, LABS["hemoglobin"].deviation
            usual += (0.7 if self.person.sex == "male" else -0.5) - (3.2 if "D50.9" in self.codes else 0)
            own["hemoglobin"] = normal(draw, usual, spread)
            own["hematocrit"] = own["hemoglobin"] * 3 + normal(draw, 0, 0.4)
        return own

    def _lipids(self, draw: Draw) -> dict[str, float]:
        own = {name: normal(draw, LABS[name].mean, LABS[name].deviation) for name in _LIPIDS[:3]}
        own["cholesterol"] += 32 if "E78.5" in self.codes else 0
        # Friedewald 1972, doi:10.1093/clinchem/18.6.499
        own["ldl"] = max(30.0, own["cholesterol"] - own["hdl"] - own["triglycerides"] / 5)
        return own


@lru_cache(maxsize=1024)
def _whole(test: str, value: int) -> Finding:
    """A final vital sign that is counted."""
    return Finding(test, str(value), "final")


def _odd(draw: Draw, visit: Visit, finding: Finding) -> Finding:
    """The same finding, changed after the fact, void, or not yet final."""
    status = pick(draw, _ODD_STATUS)
    if visit.end is None and status in _VOID:  # what a consumer files and reads now is never void
        status = "preliminary"
    if status == "cancelled":
        return Finding(finding.test.partition("/")[0] + "/missing", "", status)
    return Finding(finding.test, finding.value, status)


def egfr(creatinine: float, years: int, sex: str) -> float:
    """CKD-EPI 2021 without race (doi:10.1056/NEJMoa2102953), mL/min/1.73m2, for creatinine in mg/dL."""
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "female" else (0.9, -0.302, 1.0)
    ratio = creatinine / kappa
    return float(142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**years * factor)


def _grown(years: float) -> tuple[float, float]:
    """Median height and weight of a child, between the rows of the growth table."""
    row = bisect_left(_GROWTH_AGES, years, 1)
    (age, height, weight), (older, taller, heavier) = _GROWTH[row - 1], _GROWTH[row]
    part = (years - age) / (older - age)
    return height + (taller - height) * part, weight + (heavier - weight) * part


def _rates(draw: Draw, years: int, *, ill: bool) -> tuple[int, int]:
    """Heart and respiratory rate (Fleming et al. 2011, doi:10.1016/S0140-6736(10)62226-X, rounded)."""
    pulse, breaths = (130, 36) if years < 1 else (105, 25) if years < 6 else (85, 19) if years < 13 else (74, 15)
    more = 18 if ill else 0
    return int(normal(draw, pulse + more, 9)), max(9, int(normal(draw, breaths + more / 5, 2)))
