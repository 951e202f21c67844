"""The truth behind a chart, and what every resource of it needs to be rendered."""

from __future__ import annotations

from dataclasses import dataclass

from synthetic.allergies import Allergy
from synthetic.bookings import Booking
from synthetic.draft import octets
from synthetic.findings import Round
from synthetic.hospital import Hospital, reference
from synthetic.instants import NOW
from synthetic.numbering import Numbering
from synthetic.person import Person
from synthetic.prescriptions import Prescription
from synthetic.problems import Problem
from synthetic.timeline import Visit


@dataclass(slots=True, eq=False)
class Story:
    """Everything that is true of one patient."""

    person: Person
    visits: tuple[Visit, ...]
    problems: tuple[Problem, ...]
    allergies: tuple[Allergy, ...]
    orders: tuple[Prescription, ...]
    bookings: tuple[Booking, ...]
    rounds: tuple[Round, ...]
    real_problems: tuple[Problem, ...]  # those that were neither refuted nor entered in error

    @property
    def end(self) -> int:
        """The instant after which nothing is recorded: death, or now."""
        return NOW if self.person.death is None else self.person.death

    def day_of_age(self, months: int) -> int:
        """The day on which the patient was so many months old."""
        return self.person.birth_day + int(months * 30.4375)


@dataclass(slots=True, eq=False)
class Frame:
    """Ids, references and the hospital, for one chart. References are JSON; encounters and conditions by
    ordinal."""

    chart: int  # index
    numbering: Numbering
    hospital: Hospital
    subject: str  # the patient
    encounters: list[str]
    conditions: list[str]
    encounter_ids: list[str]
    condition_ids: list[str]
    practitioners: list[str]  # whoever saw the patient, by the visit's ordinal

    def practitioner(self, visit: Visit) -> str:
        """The reference to whoever saw the patient, as JSON."""
        return self.practitioners[visit.ordinal]


def framed(story: Story, chart: int, numbering: Numbering, hospital: Hospital) -> Frame:
    """What the resources of a story need to be rendered."""
    encounter_ids = numbering.ids("Encounter", len(story.visits))
    condition_ids = numbering.ids("Condition", len(story.problems))
    return Frame(
        chart,
        numbering,
        hospital,
        reference("Patient", numbering.patient, octets(story.person.full_name)),
        [f'{{"reference":"Encounter/{name}"}}' for name in encounter_ids],
        [f'{{"reference":"Condition/{name}"}}' for name in condition_ids],
        encounter_ids,
        condition_ids,
        [hospital.practitioner(visit.practitioner).reference for visit in story.visits],
    )
