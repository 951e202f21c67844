"""Puts a chart together: draws the truth, then renders it."""

from __future__ import annotations

from synthetic.allergy_intolerance import allergies, allergy_intolerances, avoided_drugs
from synthetic.appointment import appointments, bookings, led_to_visits
from synthetic.chart import Chart
from synthetic.condition import conditions
from synthetic.dice import Draw, stream
from synthetic.encounter import encounters
from synthetic.findings import rounds
from synthetic.hospital import HOSPITAL, PANEL, Hospital
from synthetic.json_template import escaped
from synthetic.medication_request import medication_requests
from synthetic.numbering import Numbering
from synthetic.observation import observations
from synthetic.patient import Numbers, patient
from synthetic.person import Person, person
from synthetic.prescriptions import prescriptions
from synthetic.problems import problems
from synthetic.resource import Resource
from synthetic.timeline import visits

_SHARE_WITH_SSN = 0.75
_SHARE_WITH_FORMER_MRN = 0.12


class Assembly:
    """Makes the charts of one seed.

    Each part of the truth has its own stream of draws, so parts can grow apart.
    """

    def __init__(self, hospital: Hospital) -> None:
        self._hospital, self._identity = hospital, hospital.identity
        self._keys = {purpose: self._identity.key(purpose) for purpose in ("person", "numbers", "course", "findings")}

    def chart(self, index: int) -> Chart:
        """The chart of an index."""
        someone = person(self._draw("person", index))
        numbering = Numbering(self._identity, index)
        mrn = self._identity.mrn(index)
        head = self._patient(index, someone, numbering, mrn)
        return Chart(index, mrn, (head, *self._clinical(index, someone, numbering)))

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

    def _clinical(self, index: int, someone: Person, numbering: Numbering) -> list[Resource]:
        hospital = self._hospital
        course = self._draw("course", index)
        seen = visits(course, someone, index // PANEL)
        has = problems(course, someone, seen)
        allergic = allergies(course, someone, seen)
        ordered = prescriptions(course, someone, seen, has, avoided_drugs(allergic))
        booked = bookings(course, someone, seen)
        measured = rounds(self._draw("findings", index), someone, seen, has)
        name = someone.full_name
        subject = f'{{"reference":"Patient/{numbering.patient}","display":"{escaped(name)}"}}'
        return [
            *encounters(numbering, name, seen, has, led_to_visits(booked), hospital),
            *conditions(numbering, name, has),
            *observations(numbering, subject, measured),
            *medication_requests(numbering, subject, ordered, hospital),
            *allergy_intolerances(numbering, subject, allergic),
            *appointments(numbering, subject, booked, hospital),
        ]
