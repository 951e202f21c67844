"""Puts a chart together: draws the truth, then renders it."""

from __future__ import annotations

from synthetic.allergies import allergies, avoided_drugs
from synthetic.allergy_intolerance import allergy_intolerances
from synthetic.appointment import appointments
from synthetic.bookings import Booking, bookings
from synthetic.care_plan import care_plans
from synthetic.chart import Chart, DraftedChart
from synthetic.condition import conditions
from synthetic.consent import consents
from synthetic.coverage import coverages
from synthetic.diagnostic_report import laboratory_reports
from synthetic.dice import Draw, stream
from synthetic.document_reference import documents
from synthetic.draft import Draft, filed
from synthetic.encounter import encounters
from synthetic.findings import rounds
from synthetic.hospital import HOSPITAL, PANEL, Hospital
from synthetic.immunization import immunizations
from synthetic.medication_request import medication_requests
from synthetic.numbering import Numbering
from synthetic.observation import observations, smoking_status
from synthetic.patient import Numbers, patient
from synthetic.person import Person, person
from synthetic.prescriptions import prescriptions
from synthetic.problems import problems, real
from synthetic.procedure import procedures
from synthetic.provenance import provenances
from synthetic.related_person import related_people
from synthetic.resource import Resource
from synthetic.story import Frame, Story, framed
from synthetic.timeline import visits


class Assembly:
    """Makes the charts of one seed, each from a stream of draws of its own."""

    def __init__(self, hospital: Hospital) -> None:
        self._hospital, self._identity = hospital, hospital.identity
        self._key = self._identity.key("chart")

    @property
    def hospital(self) -> Hospital:
        """The people and places of this seed."""
        return self._hospital

    def bookings(self, index: int) -> tuple[Booking, ...]:
        """The appointments of a chart, without the rest of it."""
        draw = stream(self._key, index)
        someone = person(draw)
        return bookings(draw, someone, visits(draw, someone, index // PANEL))

    def patient(self, index: int) -> Resource:
        """The Patient resource of a chart, without the rest of it."""
        someone, identity = person(stream(self._key, index)), self._identity
        return filed(self._patient(index, someone, identity.resource_id("Patient", index), identity.mrn(index)))

    def chart(self, index: int) -> Chart:
        """The chart of an index."""
        draw, numbering = stream(self._key, index), Numbering(self._identity, index)
        story = self._story(draw, index)
        frame = framed(story, index, numbering, self._hospital)
        mrn = self._identity.mrn(index)
        head = self._patient(index, story.person, numbering.patient, mrn)
        return DraftedChart(index, mrn, [head, *_clinical(story, frame), *_further(draw, story, frame)])

    def _story(self, draw: Draw, index: int) -> Story:
        """What is true of a patient. Person, visits and bookings come first: slots ask for them alone."""
        someone = person(draw)
        seen = visits(draw, someone, index // PANEL)
        booked = bookings(draw, someone, seen)
        has = problems(draw, someone, seen)
        allergic = allergies(draw, someone, seen)
        ordered = prescriptions(draw, someone, seen, has, avoided_drugs(allergic))
        true = real(has)
        measured = rounds(draw, someone, seen, frozenset([problem.code for problem in true]))
        return Story(someone, seen, has, allergic, ordered, booked, measured, true)

    def _patient(self, index: int, someone: Person, resource_id: str, mrn: str) -> Draft:
        identity, hospital = self._identity, self._hospital
        numbers = Numbers(
            resource_id,
            mrn,
            identity.ssn(index) if someone.has_ssn else "",
            identity.former_mrn(index) if someone.has_former_mrn else "",
        )
        usual = hospital.practitioner(index // PANEL).reference
        return patient(someone, numbers, usual, hospital.organization(HOSPITAL))


def _clinical(story: Story, frame: Frame) -> list[Draft]:
    results = observations(story, frame)
    return [
        *encounters(story, frame),
        *conditions(story, frame),
        *results,
        *medication_requests(story, frame),
        *allergy_intolerances(story, frame),
        *appointments(story, frame),
        *laboratory_reports(story, frame, results),
    ]


def _further(draw: Draw, story: Story, frame: Frame) -> list[Draft]:
    """The rest. What draws goes last when it is new, so that it leaves the others as they are."""
    return [
        *smoking_status(draw, story, frame, sum([len(taken.findings) for taken in story.rounds])),
        *immunizations(draw, story, frame),
        *procedures(draw, story, frame),
        *care_plans(story, frame),
        *documents(story, frame),
        *coverages(draw, story, frame),
        *related_people(draw, story, frame),
        *consents(draw, story, frame),
        *provenances(story, frame),
    ]
