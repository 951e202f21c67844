"""GetSchedule: the appointments of a day or of several, of everybody or of one provider."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from datetime import date, datetime

from mock_ehr.vendors.allscripts.unity.action import Action, Ask, Result
from mock_ehr.vendors.allscripts.unity.charts import chart_at
from mock_ehr.vendors.allscripts.unity.clinical import code_of, local, not_before
from mock_ehr.vendors.allscripts.unity.people import day_of, moment_of
from synthetic.writers.record import Body, Record
from synthetic.writers.unity_quirks import Row
from synthetic.writers.unity_schedule import schedule_rows

EVERYBODY = ("", "all")


def schedule(ask: Ask) -> Result | Awaitable[Result]:
    """Answer GetSchedule.

    Parameter1 day or `from|to`, 2 changed since, 4 user or All, 5 types with pipes between, 6 status.
    """
    first, _, last = ask.parameter(1).partition("|")
    days = day_of(first), day_of(last or first)
    if ask.call.patient:
        index = ask.index()
        return booked(ask, days, () if index is None else (index,))
    return everybody(ask, days) if ask.site.calendar.built else everybody_later(ask, days)


async def everybody_later(ask: Ask, days: tuple[date, date]) -> Result:
    """Return everybody's appointments once the calendar is there."""
    await ask.site.calendar.ready()
    return everybody(ask, days)


def everybody(ask: Ask, days: tuple[date, date]) -> Result:
    """Return the appointments of all patients."""
    size = ask.site.population.size
    indexes = [*ask.site.calendar.expected(*days), *rebooked(ask)]
    return booked(ask, days, ((index + ask.distance) % size for index in indexes))


def booked(ask: Ask, days: tuple[date, date], indexes: Iterable[int]) -> Result:
    """Return the appointments of some charts that fit the parameters, in order of time."""
    rows: list[tuple[str, Row]] = []
    patients: list[str] = []
    for index in dict.fromkeys(indexes):
        record = chart_at(ask.site, index)
        found = list(wanted(ask, record, days)) if record else []
        if record and found:
            rows += found
            patients.append(record.patient["id"])
    return Result([row for _, row in sorted(rows, key=lambda pair: pair[0])], tuple(patients))


def rebooked(ask: Ask) -> list[int]:
    """Return the charts whose appointments were changed since the start."""
    located = (
        ask.site.population.locate("Patient", record.patient) for record in ask.site.state.store.changed("Appointment")
    )
    return [index for index in located if index is not None]


def wanted(ask: Ask, record: Record, days: tuple[date, date]) -> Iterable[tuple[str, Row]]:
    """Yield (start, row) of one patient's appointments that fit the parameters."""
    since = moment_of(ask.parameter(2)) if ask.parameter(2) else None
    who = "" if ask.parameter(4).lower() in EVERYBODY else code_of(ask, ask.parameter(4))
    kinds = [kind.strip().lower() for kind in ask.parameter(5).split("|") if kind.strip()]
    statuses = [status.strip().lower() for status in ask.parameter(6).split("|") if status.strip()]
    for row, body in zip(schedule_rows(record, ask.rows), record.of_type("Appointment"), strict=True):
        if (
            on_day(body, days)
            and changed(body, since)
            and who in ("", row["ProviderID"])
            and (not kinds or row["type"].lower() in kinds)
            and (not statuses or "all" in statuses or row["Status"].lower() in statuses)
        ):
            yield body.get("start", ""), row


def on_day(body: Body, days: tuple[date, date]) -> bool:
    """Return whether an appointment begins on one of the days, by the hospital's clocks."""
    return days[0] <= local(body.get("start", "")).date() <= days[1]


def changed(body: Body, since: datetime | None) -> bool:
    """Return whether an appointment was made or changed at or after a time."""
    return not_before(body.get("meta", {}).get("lastUpdated") or body.get("created", ""), since)


ACTIONS = (Action("GetSchedule", schedule, "search", ("Appointment",)),)
