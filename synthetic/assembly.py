"""Puts a chart together: draws the truth, then renders it."""

from __future__ import annotations

from synthetic.allergy_intolerance import allergies, allergy_intolerances, avoided_drugs
from synthetic.appointment import Booking, appointments, bookings, led_to_visits
from synthetic.care_plan import care_plans
from synthetic.chart import Chart
from synthetic.condition import conditions
from synthetic.consent import consents
from synthetic.coverage import coverages
from synthetic.diagnostic_report import laboratory_reports
from synthetic.dice import Draw, stream
from synthetic.document_reference import documents
from synthetic.encounter import encounters
from synthetic.findings import rounds
from synthetic.hospital import HOSPITAL, PANEL, Hospital, reference
from synthetic.immunization import immunizations
from synthetic.medication_request import medication_requests
from synthetic.numbering import Numbering
from synthetic.observation import observations, smoking_status
from synthetic.patient import Numbers, patient
from synthetic.person import Person, person
from synthetic.prescriptions import prescriptions
from synthetic.problems import problems
from synthetic.procedure import procedures
from synthetic.provenance import provenances
from synthetic.related_person import related_people
from synthetic.resource import Resource
from synthetic.story import Frame, Story
from synthetic.timeline import visits

_PURPOSES = ("person", "numbers", "course", "bookings", "findings", "further")
_SHARE_WITH_SSN = 0.75
_SHARE_WITH_FORMER_MRN = 0.12


class Assembly:
    """Makes the charts of one seed.

    Each part of the truth has its own stream of draws, so parts can grow apart.
    """

    def __init__(self, hospital: Hospital) -> None:
        self._hospital, self._identity = hospital, hospital.identity
        self._keys = {purpose: self._identity.key(purpose) for purpose in _PURPOSES}

    @property
    def hospital(self) -> Hospital:
        """The people and places of this seed."""
        return self._hospital

    def bookings(self, index: int) -> tuple[Booking, ...]:
        """The appointments of a chart, without the rest of it."""
        someone = person(self._draw("person", index))
        seen = visits(self._draw("course", index), someone, index // PANEL)
        return bookings(self._draw("bookings", index), someone, seen)

    def chart(self, index: int) -> Chart:
        """The chart of an index."""
        someone = person(self._draw("person", index))
        numbering = Numbering(self._identity, index)
        mrn = self._identity.mrn(index)
        head = self._patient(index, someone, numbering, mrn)
        story = self._story(index, someone)
        subject = reference("Patient", numbering.patient, someone.full_name)
        frame = Frame(index, numbering, self._hospital, subject)
        return Chart(index, mrn, (head, *self._clinical(story, frame), *self._further(index, story, frame)))

    def _draw(self, purpose: str, index: int) -> Draw:
        return stream(self._keys[purpose], index)

    def _patient(self, index: int, someone: Person, numbering: Numbering, mrn: str) -> Resource:
        draw = self._draw("numbers", index)
        ssn = self._identity.ssn(index) if draw() < _SHARE_WITH_SSN else ""
        former = self._identity.former_mrn(index) if draw() < _SHARE_WITH_FORMER_MRN else ""
        hospital = self._hospital
        return patient(
            someone,
            Numbers(numbering.patient, mrn, ssn, former),
            hospital.practitioner(index // PANEL).reference,
            hospital.organization(HOSPITAL),
        )

    def _story(self, index: int, someone: Person) -> Story:
        course = self._draw("course", index)
        seen = visits(course, someone, index // PANEL)
        has = problems(course, someone, seen)
        allergic = allergies(course, someone, seen)
        ordered = prescriptions(course, someone, seen, has, avoided_drugs(allergic))
        booked = bookings(self._draw("bookings", index), someone, seen)
        measured = rounds(self._draw("findings", index), someone, seen, has)
        return Story(someone, seen, has, allergic, ordered, booked, measured)

    def _clinical(self, story: Story, frame: Frame) -> list[Resource]:
        numbering, hospital, subject, name = *frame[1:], story.person.full_name
        return [
            *encounters(numbering, name, story.visits, story.problems, led_to_visits(story.bookings), hospital),
            *conditions(numbering, name, story.problems),
            *observations(numbering, subject, story.rounds),
            *medication_requests(numbering, subject, story.orders, hospital),
            *allergy_intolerances(numbering, subject, story.allergies),
            *appointments(numbering, subject, story.bookings, hospital),
        ]

    def _further(self, index: int, story: Story, frame: Frame) -> list[Resource]:
        """The rest, from one stream of draws: new types go last, so that they leave the others as they are."""
        draw = self._draw("further", index)
        return [
            *smoking_status(draw, story, frame, sum(len(taken.findings) for taken in story.rounds)),
            *laboratory_reports(story, frame),
            *immunizations(draw, story, frame),
            *procedures(draw, story, frame),
            *care_plans(story, frame),
            *documents(story, frame),
            *coverages(draw, story, frame),
            *related_people(draw, story, frame),
            *consents(draw, story, frame),
            *provenances(story, frame),
        ]
