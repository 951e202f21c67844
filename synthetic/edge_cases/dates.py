"""Dates that are partial, odd, absent, or said in another way."""

from __future__ import annotations

from calendar import isleap

from synthetic.edge_cases.case import Case, Changes, Scene, edited, valid
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.targets import EXTENSION, absent, condition, glucose, patient, quantity, weight


def birth_year(body: Json, _scene: Scene) -> Changes:
    """The year of birth."""
    return {"birthDate": body["birthDate"][:4]}


def birth_month(body: Json, _scene: Scene) -> Changes:
    """The month of birth."""
    return {"birthDate": body["birthDate"][:7]}


def leap_birthday(body: Json, _scene: Scene) -> Changes:
    """The last 29 February up to the real birthday, so that nothing recorded comes before it."""
    year, day = int(body["birthDate"][:4]), body["birthDate"][5:]
    year -= day < "02-29"
    while not isleap(year):
        year -= 1
    return {"birthDate": f"{year}-02-29"}


def birth_time(body: Json, _scene: Scene) -> Changes:
    """A time of birth that is another day in UTC."""
    time = {"url": EXTENSION + "patient-birthTime", "valueDateTime": body["birthDate"] + "T23:59:00-05:00"}
    return {"birthDate": body["birthDate"], "_birthDate": {"extension": [time]}}


def month_of_death(body: Json, _scene: Scene) -> Changes:
    """The month of death; of the living, the current one."""
    return {"deceasedDateTime": body.get("deceasedDateTime", "2026-06")[:7]}


def onset_year(body: Json, _scene: Scene) -> Changes:
    """The year of onset."""
    return {"onsetDateTime": body["onsetDateTime"][:4]}


def onset_age(body: Json, scene: Scene) -> Changes:
    """The onset as the age the patient had."""
    years = int(body["onsetDateTime"][:4]) - int(scene.chart.patient.body["birthDate"][:4])
    age = quantity(years, "a") if years > 0 else quantity(1, "mo")
    return {"onsetDateTime": None, "onsetAge": age}


def open_period(body: Json, _scene: Scene) -> Changes:
    """A measurement that began and has no end yet."""
    return {"effectiveDateTime": None, "effectivePeriod": {"start": body["effectiveDateTime"]}}


CASES: tuple[Case, ...] = (
    valid(
        "birth-year-only",
        "Patient.birthDate",
        "MAP-05 CON-06",
        "Only the year of birth is known; no month and no day may be made up",
        edited(patient, birth_year),
    ),
    valid(
        "birth-month-only",
        "Patient.birthDate",
        "MAP-05 CON-06",
        "Only year and month of birth are known; no day may be made up",
        edited(patient, birth_month),
    ),
    valid(
        "birth-on-leap-day",
        "Patient.birthDate",
        "MAP-05 CON-06",
        "The patient was born on 29 February, not on the day before or after",
        edited(patient, leap_birthday),
    ),
    valid(
        "birth-in-1900",
        "Patient.birthDate",
        "MAP-05 CON-06",
        "The date of birth is 1900-01-01, as registration desks enter it: 1900 was no leap year, and it is a date",
        edited(patient, {"birthDate": "1900-01-01"}),
    ),
    valid(
        "birth-date-unknown",
        "Patient._birthDate",
        "MAP-05 CON-06",
        "There is no date of birth, and an extension says that it is unknown",
        edited(patient, {"birthDate": None, "_birthDate": absent("unknown")}),
    ),
    valid(
        "birth-time",
        "Patient._birthDate.extension",
        "MAP-04 CON-06",
        "The time of birth stands in an extension of the date; in UTC it falls on the next day, the birthday does not",
        edited(patient, birth_time),
    ),
    valid(
        "deceased-without-date",
        "Patient.deceasedBoolean",
        "MAP-05 CON-06",
        "The patient has died, and nobody knows when",
        edited(patient, {"deceasedBoolean": True}, without=["deceasedDateTime"]),
    ),
    valid(
        "deceased-in-a-month",
        "Patient.deceasedDateTime",
        "MAP-05 CON-06",
        "Only the month of death is known",
        edited(patient, month_of_death),
    ),
    valid(
        "onset-year-only",
        "Condition.onsetDateTime",
        "MAP-05",
        "Only the year of onset is known",
        edited(condition, onset_year),
    ),
    valid(
        "onset-as-age",
        "Condition.onsetAge",
        "MAP-05",
        "The onset is known by the age of the patient, not by a date",
        edited(condition, onset_age),
    ),
    valid(
        "onset-in-words",
        "Condition.onsetString",
        "MAP-05",
        "The onset is told in words, from which no date follows",
        edited(condition, {"onsetDateTime": None, "onsetString": "since the flood, or a little before"}),
    ),
    valid(
        "measured-on-a-date",
        "Observation.effectiveDateTime",
        "MAP-04 MAP-05",
        "The day of the measurement is known and its time is not: no midnight may be made up",
        edited(weight, lambda body, _scene: {"effectiveDateTime": body["effectiveDateTime"][:10]}),
    ),
    valid(
        "measured-over-an-open-period",
        "Observation.effectivePeriod",
        "MAP-05",
        "The measurement has begun and has no end",
        edited(glucose, open_period),
    ),
)
