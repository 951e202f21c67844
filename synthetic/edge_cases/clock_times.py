"""Instants: offsets at the edges, leap seconds, fractions, and the hours that summer time skips and repeats.

The hospital keeps US Eastern time (America/New_York): -05:00 in winter, -04:00 in summer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

from synthetic.edge_cases.bookings import booking
from synthetic.edge_cases.case import Case, Changes, Scene, added, edited, valid
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.targets import glucose, potassium, pressure, temperature, weight


def at_offset(text: str, offset: timedelta) -> str:
    """An instant in UTC, as clocks with another offset show it.

    >>> at_offset("2026-01-14T16:45:00Z", timedelta(hours=5, minutes=45))
    '2026-01-14T22:30:00+05:45'
    """
    return datetime.fromisoformat(text).astimezone(timezone(offset)).isoformat()


def shown_at(offset: timedelta) -> Callable[[Json, Scene], Changes]:
    """The measurement at the same instant with another offset."""
    return lambda body, _scene: {"effectiveDateTime": at_offset(body["effectiveDateTime"], offset)}


def day_before(body: Json) -> str:
    """The day before a measurement."""
    return (date.fromisoformat(body["effectiveDateTime"][:10]) - timedelta(1)).isoformat()


def with_seconds(seconds: str) -> Callable[[Json, Scene], Changes]:
    """The measurement with other seconds."""
    return lambda body, _scene: {"effectiveDateTime": body["effectiveDateTime"][:17] + seconds + "Z"}


CASES: tuple[Case, ...] = (
    valid(
        "offset-plus-14",
        "Observation.effectiveDateTime",
        "MAP-04 MAP-10",
        "The time has the offset +14:00, the largest there is; the date there is not the date here",
        edited(weight, shown_at(timedelta(hours=14))),
    ),
    valid(
        "offset-minus-12",
        "Observation.effectiveDateTime",
        "MAP-04 MAP-10",
        "The time has the offset -12:00, the smallest in use",
        edited(temperature, shown_at(timedelta(hours=-12))),
    ),
    valid(
        "offset-of-45-minutes",
        "Observation.effectiveDateTime",
        "MAP-04 MAP-10",
        "The time has the offset +05:45, which is not of whole hours",
        edited(pressure, shown_at(timedelta(hours=5, minutes=45))),
    ),
    valid(
        "offset-minus-zero",
        "Observation.effectiveDateTime",
        "MAP-04 MAP-10",
        "The offset is written -00:00, which FHIR allows and which is the same instant as Z",
        edited(weight, lambda body, _scene: {"effectiveDateTime": body["effectiveDateTime"][:-1] + "-00:00"}),
    ),
    valid(
        "utc-date-is-tomorrow",
        "Observation.effectiveDateTime",
        "MAP-04 CON-07",
        "Measured at 23:30 in the hospital, which is the next day in UTC; a search by date goes by the instant",
        edited(glucose, lambda body, _scene: {"effectiveDateTime": day_before(body) + "T23:30:00-04:00"}),
    ),
    valid(
        "leap-second",
        "Observation.effectiveDateTime",
        "MAP-04",
        "The seconds are 60, as FHIR allows for leap seconds",
        edited(potassium, lambda body, _scene: {"effectiveDateTime": day_before(body) + "T23:59:60Z"}),
    ),
    valid(
        "milliseconds-with-zeros",
        "Observation.effectiveDateTime",
        "MAP-04 CON-06",
        "The time has milliseconds, the last of them zeros",
        edited(weight, with_seconds("07.500")),
    ),
    valid(
        "microseconds",
        "Observation.effectiveDateTime",
        "MAP-04 CON-06",
        "The time has six digits behind the second",
        edited(temperature, with_seconds("07.123456")),
    ),
    valid(
        "summer-time-gap",
        "Appointment.start",
        "MAP-04",
        "The appointment begins at 02:30-05:00 of the night in which clocks in the hospital skip from 02:00 to 03:00: "
        "they show 03:30 then",
        added(lambda scene: booking(scene, "2027-03-14T02:30:00-05:00", "2027-03-14T04:00:00-04:00", 30)),
    ),
    valid(
        "summer-time-overlap",
        "Appointment.start",
        "MAP-04",
        "The appointment begins and ends at 01:30 on the clock and lasts an hour: 01:30 comes twice that night",
        added(lambda scene: booking(scene, "2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", 60)),
    ),
    valid(
        "over-new-year-in-2099",
        "Appointment.start",
        "MAP-04",
        "The appointment begins in one year and ends in the next, by local time and not by UTC, in a far future",
        added(lambda scene: booking(scene, "2099-12-31T23:50:00-05:00", "2100-01-01T00:20:00-05:00", 30)),
    ),
)
