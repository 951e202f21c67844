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
from synthetic.timeline import Visit, visits

_SHARE_WITH_SSN = 0.75
_SHARE_WITH_FORMER_MRN = 0.12


class Assembly:
    """Makes the charts of one seed, each from two streams of draws: how it began, and the rest."""

    def __init__(self, hospital: Hospital) -> None:
        self._hospital, self._identity = hospital, hospital.identity
        self._beginnings, self._courses = self._identity.key("beginning"), self._identity.key("course")

    @property
    def hospital(self) -> Hospital:
        """The people and places of this seed."""
        return self._hospital

    def bookings(self, index: int) -> tuple[Booking, ...]:
        """The appointments of a chart, without the rest of it."""
        return self._beginning(index)[2]

    def chart(self, index: int) -> Chart:
        """The chart of an index."""
        someone, seen, booked = self._beginning(index)
        numbering, mrn = Numbering(self._identity, index), self._identity.mrn(index)
        draw = stream(self._courses, index)
        head = self._patient(draw, index, someone, Numbers(numbering.patient, mrn))
        has = problems(draw, someone, seen)
        allergic = allergies(draw, someone, seen)
        ordered = prescriptions(draw, someone, seen, has, avoided_drugs(allergic))
        for name, listed in (
            ("Encounter", seen),
            ("Condition", has),
            ("MedicationRequest", ordered),
            ("Appointment", booked),
        ):
            numbering.reserve(name, len(listed))
        story = Story(someone, seen, has, allergic, ordered, booked, rounds(draw, someone, seen, has))
        subject = reference("Patient", numbering.patient, someone.full_name)
        frame = Frame(index, numbering, self._hospital, subject)
        return Chart(index, mrn, (head, *_clinical(story, frame), *_further(draw, story, frame)))

    def patient(self, index: int) -> Resource:
        """The Patient resource of a chart, without the rest of it."""
        draw, someone = stream(self._courses, index), self._beginning(index)[0]
        return self._patient(
            draw, index, someone, Numbers(Numbering(self._identity, index).patient, self._identity.mrn(index))
        )

    def _beginning(self, index: int) -> tuple[Person, tuple[Visit, ...], tuple[Booking, ...]]:
        """What slots need to know of a chart, from a stream of its own."""
        draw = stream(self._beginnings, index)
        someone = person(draw)
        seen = visits(draw, someone, index // PANEL)
        return someone, seen, bookings(draw, someone, seen)

    def _patient(self, draw: Draw, index: int, someone: Person, numbers: Numbers) -> Resource:
        if draw() < _SHARE_WITH_SSN:
            numbers = numbers._replace(ssn=self._identity.ssn(index))
        if draw() < _SHARE_WITH_FORMER_MRN:
            numbers = numbers._replace(former_mrn=self._identity.former_mrn(index))
        hospital = self._hospital
        return patient(
            someone, numbers, hospital.practitioner(index // PANEL).reference, hospital.organization(HOSPITAL)
        )


def _clinical(story: Story, frame: Frame) -> list[Resource]:
    _, numbering, hospital, subject = frame
    name = story.person.full_name
    results = observations(numbering, subject, story.rounds)
    return [
        *encounters(numbering, name, story.visits, story.problems, led_to_visits(story.bookings), hospital),
        *conditions(numbering, name, story.problems),
        *results,
        *medication_requests(numbering, subject, story.orders, hospital),
        *allergy_intolerances(numbering, subject, story.allergies),
        *appointments(numbering, subject, story.bookings, hospital),
        *laboratory_reports(story, frame, results),
    ]


def _further(draw: Draw, story: Story, frame: Frame) -> list[Resource]:
    """The rest. What draws goes last when it is new, so that it leaves the others as they are."""
    return [
        *smoking_status(draw, story, frame, sum(len(taken.findings) for taken in story.rounds)),
        *immunizations(draw, story, frame),
        *procedures(draw, story, frame),
        *care_plans(story, frame),
        *documents(story, frame),
        *coverages(draw, story, frame),
        *related_people(draw, story, frame),
        *consents(draw, story, frame),
        *provenances(story, frame),
    ]
