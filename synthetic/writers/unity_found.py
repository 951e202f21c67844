"""Unity rows of people who were looked for: searchpatientsinfo, getchangedpatientsinfo and providers by number.

A public client shows firstname, lastname, dateofbirth and gender of the first; the other columns are ours.
"""

from __future__ import annotations

from synthetic.directory import Directory
from synthetic.hospital import Practitioner
from synthetic.writers.record import Record
from synthetic.writers.unity_dates import Layout
from synthetic.writers.unity_people import legal_name, patient_number, provider_row, reached
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


def staff(directory: Directory) -> list[Practitioner]:
    """Everyone who treats people here, in order of their numbers."""
    hospital = directory.assembly.hospital
    return [hospital.practitioner(number) for number, _ in enumerate(directory.of_type("Practitioner"))]


def staff_row(directory: Directory, who: Practitioner, quirks: Quirks) -> Row:
    """One row of GetProviders."""
    return quirks.finished(provider_row(directory, who, quirks))
