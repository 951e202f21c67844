"""Actions that find people: patients by id, MRN, text and change, and providers."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from datetime import date, datetime

from mock_ehr.demographics import Person
from mock_ehr.search_values import fold
from mock_ehr.vendors.allscripts.unity.action import Action, Ask, Result
from mock_ehr.vendors.allscripts.unity.charts import chart_at
from mock_ehr.vendors.allscripts.unity.errors import UnityError
from synthetic.population import Population
from synthetic.writers.unity_dates import understood
from synthetic.writers.unity_found import found_row, staff, staff_member, staff_row
from synthetic.writers.unity_people import PATIENT_COLUMNS, patient_rows

NOT_A_DATE = "Conversion failed when converting date and/or time from character string."
EXTERNAL = ("E", "EXTERNAL")


def patient(ask: Ask) -> Result:
    """GetPatient, GetPatientFull: one row; of an unknown patient a row of blanks."""
    index = ask.index()
    return whole_patient(ask, index)


def whole_patient(ask: Ask, index: int | None) -> Result:
    """Return the row of the patient of a chart."""
    record = None if index is None else chart_at(ask.site, index)
    if record is None:
        blank = ask.rows.finished(dict.fromkeys(PATIENT_COLUMNS, ""))
        return Result([blank] if ask.site.quirks.unknown_patient == "blank" else [])
    return Result(patient_rows(record, ask.rows), (record.patient["id"],))


def patient_by_mrn(ask: Ask) -> Result:
    """GetPatientByMRN: Parameter1 is the number."""
    index = ask.site.population.locate_mrn(ask.parameter(1))
    if index is None:
        return Result([])
    return whole_patient(ask, (index + ask.distance) % ask.site.population.size)


def search_patients(ask: Ask) -> Result | Awaitable[Result]:
    """SearchPatients: Parameter1 is a name, a birth date, an MRN or a telephone number."""
    wanted = ask.parameter(1)
    if not wanted:
        return Result([])
    located = ask.site.population.locate_mrn(wanted)
    if located is not None:
        return found(ask, iter([located]))
    return fitting(ask, wanted) if ask.site.demographics.built else fitting_later(ask, wanted)


async def fitting_later(ask: Ask, wanted: str) -> Result:
    """Return who fits the text once the index of people is there."""
    await ask.site.demographics.ready()
    return fitting(ask, wanted)


def fitting(ask: Ask, wanted: str) -> Result:
    """Return who fits the text."""
    return found(ask, (one.index for one in ask.site.demographics.people if fits(one, wanted)))


def fits(someone: Person, wanted: str) -> bool:
    """Return whether a person fits the text: `Family, Given`, words of the name, a date, or a telephone number."""
    moment = understood(wanted)
    if moment is not None:
        return someone.birth_date == moment.date().isoformat()
    family, comma, given = (part.strip() for part in fold(wanted).partition(","))
    if comma:
        return starts(someone.families, family) and starts(someone.givens, given)
    digits = "".join(character for character in wanted if character.isdecimal())
    if len(digits) >= 7 and digits.isascii():
        return any(digits in "".join(filter(str.isdecimal, number)) for number in someone.telecoms)
    return all(starts((*someone.families, *someone.givens), word) for word in family.split())


def starts(values: tuple[str, ...], beginning: str) -> bool:
    """Return whether one of `values` starts with `beginning`."""
    return any(value.startswith(beginning) for value in values)


def found(ask: Ask, indexes: Iterator[int]) -> Result:
    """Return the rows of several patients."""
    size = ask.site.population.size
    records = (chart_at(ask.site, (index + ask.distance) % size) for index in indexes)
    known = [record for record in records if record is not None]
    return Result([found_row(record, ask.rows) for record in known], tuple(record.patient["id"] for record in known))


def changed_patients(ask: Ask) -> Result | Awaitable[Result]:
    """GetChangedPatients: who was seen on or after the day of Parameter1, and whose chart was written to."""
    since = day_of(ask.parameter(1))
    return changed(ask, since) if ask.site.calendar.built else changed_later(ask, since)


async def changed_later(ask: Ask, since: date) -> Result:
    """Return who changed once the calendar is there."""
    await ask.site.calendar.ready()
    return changed(ask, since)


def changed(ask: Ask, since: date) -> Result:
    """Return who was seen on or after a day, and whose chart was written to."""
    until = date.fromisoformat(Population.today)
    seen = ask.site.calendar.expected(since, until) if since <= until else iter(())
    written = (record.patient for record in ask.site.state.store.written())
    located = (ask.site.population.locate("Patient", patient) for patient in written)
    return found(ask, iter(dict.fromkeys([*seen, *(index for index in located if index is not None)])))


def day_of(text: str) -> date:
    """Return the day that a parameter names. Raises UnityError: the database's message leaks through."""
    return moment_of(text).date()


def moment_of(text: str) -> datetime:
    """Return the local time that a parameter names. Raises UnityError: the database's message leaks through."""
    moment = understood(text)
    if moment is None:
        raise UnityError(NOT_A_DATE)
    return moment


def provider(ask: Ask) -> Result:
    """GetProvider: by Parameter1 (id, with or without leading zeros) or Parameter2 (user name)."""
    who = staff_member(ask.site.directory, ask.parameter(1) or ask.parameter(2))
    return Result([staff_row(ask.site.directory, who, ask.rows)] if who else [])


def providers(ask: Ask) -> Result:
    """GetProviders: Parameter2 is the beginning of a family name; there are no external ones (Parameter4)."""
    if ask.parameter(4).upper() in EXTERNAL:
        return Result([])
    beginning = fold(ask.parameter(2).strip("%*"))
    wanted = [who for who in staff(ask.site.directory) if fold(who.family).startswith(beginning)]
    return Result([staff_row(ask.site.directory, who, ask.rows) for who in wanted])


ACTIONS = (
    Action("GetPatient", patient, "read", ("Patient",)),
    Action("GetPatientFull", patient, "read", ("Patient",)),
    Action("GetPatientByMRN", patient_by_mrn, "read", ("Patient",)),
    Action("SearchPatients", search_patients, "search", ("Patient",)),
    Action("GetChangedPatients", changed_patients, "search", ("Patient",)),
    Action("GetProvider", provider, "read", ("Practitioner",)),
    Action("GetProviders", providers, "search", ("Practitioner",)),
)
