"""Unity rows of people who were looked for: searchpatientsinfo, getchangedpatientsinfo and providers by number.

A public client shows firstname, lastname, dateofbirth and gender of the first; the other columns are ours.
"""

from __future__ import annotations

import re

from synthetic.directory import Directory
from synthetic.hospital import PANEL, TEAM, Practitioner
from synthetic.writers.record import Record
from synthetic.writers.unity_dates import Layout
from synthetic.writers.unity_people import legal_name, patient_number, provider_code, provider_row, reached, user_name
from synthetic.writers.unity_quirks import Quirks, Row


def found_row(record: Record, quirks: Quirks) -> Row:
    """One patient of SearchPatients or GetChangedPatients."""
    given, family = legal_name(record.patient)
    return quirks.finished(
        {
            "ID": patient_number(record.chart.index),
            "mrn": record.chart.mrn,
            "firstname": given,
            "lastname": family,
            "dateofbirth": quirks.time(record.patient.get("birthDate", ""), Layout.SLASHED),
            "gender": record.patient.get("gender", "").capitalize(),
            "homephone": reached(record.patient)["HomePhone"],
        }
    )


def staff_size(directory: Directory) -> int:
    """How many people treat people here: whole teams, each for as many charts as its clinic has."""
    return -(-directory.population_size // (PANEL * TEAM)) * TEAM


def staff(directory: Directory) -> list[Practitioner]:
    """Everyone who treats people here, in order of their numbers."""
    return [directory.assembly.hospital.practitioner(number) for number in range(staff_size(directory))]


def staff_member(directory: Directory, name: str) -> Practitioner | None:
    """The one with a user name, a provider code (001) or a person id (1); None when nobody has it."""
    digits = re.search(r"[0-9]{1,9}$", name)
    number = int(digits[0]) - 1 if digits else -1
    if not 0 <= number < staff_size(directory):
        return None
    who = directory.assembly.hospital.practitioner(number)
    return who if name.lower() in (user_name(who), provider_code(who), str(number + 1)) else None


def staff_row(directory: Directory, who: Practitioner, quirks: Quirks) -> Row:
    """One row of GetProviders."""
    return quirks.finished(provider_row(directory, who, quirks))
