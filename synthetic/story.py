"""The truth behind a chart, and what every resource of it needs to be rendered."""

from __future__ import annotations

from typing import NamedTuple

from synthetic.allergy_intolerance import Allergy
from synthetic.appointment import Booking
from synthetic.findings import Round
from synthetic.hospital import Hospital
from synthetic.instants import DAY, NOW
from synthetic.numbering import Numbering
from synthetic.person import Person
from synthetic.prescriptions import Prescription
from synthetic.problems import Problem
from synthetic.timeline import Visit


class Story(NamedTuple):
    """Everything that is true of one patient."""

    person: Person
    visits: tuple[Visit, ...]
    problems: tuple[Problem, ...]
    allergies: tuple[Allergy, ...]
    orders: tuple[Prescription, ...]
    bookings: tuple[Booking, ...]
    rounds: tuple[Round, ...]

    @property
    def end(self) -> int:
        """The instant after which nothing is recorded: death, or now."""
        return NOW if self.person.death is None else self.person.death

    @property
    def happened(self) -> tuple[Visit, ...]:
        """The visits in which something could happen; the last is in progress."""
        return tuple(visit for visit in self.visits if visit.happened)

    @property
    def real_problems(self) -> tuple[Problem, ...]:
        """The conditions that were neither refuted nor entered in error."""
        return tuple(
            problem for problem in self.problems if problem.verification not in ("refuted", "entered-in-error")
        )

    def day_of_age(self, months: int) -> int:
        """The day on which the patient was so many months old."""
        return self.person.birth_day + int(months * 30.4375)

    def visit_after(self, day: int) -> Visit | None:
        """The first visit that happened on a day or later, None when there was none."""
        return next((visit for visit in self.visits if visit.happened and visit.start // DAY >= day), None)


class Frame(NamedTuple):
    """Ids, references and the hospital, for one chart. `subject` is the reference to the patient as JSON."""

    chart: int  # index
    numbering: Numbering
    hospital: Hospital
    subject: str

    def reference(self, resource_type: str, ordinal: int) -> str:
        """A reference within the chart as JSON."""
        return f'{{"reference":"{resource_type}/{self.numbering.id(resource_type, ordinal)}"}}'

    def practitioner(self, visit: Visit) -> str:
        """The reference to whoever saw the patient, as JSON."""
        return self.hospital.practitioner(visit.practitioner).reference
