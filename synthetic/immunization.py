"""Immunization: US Core 6.1; children by the schedule, adults by age, influenza in autumn visits."""

from __future__ import annotations

from typing import NamedTuple

from synthetic.codes.vaccines import FOR_ADULTS, FOR_CHILDREN, INFLUENZA, SYSTEM
from synthetic.dice import Draw, pick, weighted
from synthetic.draft import Draft
from synthetic.instants import date_text, instant_text
from synthetic.json_template import member, minified, piecewise, raw, text
from synthetic.meta import meta
from synthetic.story import Frame, Story
from synthetic.timeline import OFFICE, Visit

_STATUS = weighted({"completed": 95, "not-done": 4, "entered-in-error": 1}, 100)
_MONTH = 30.4375  # days
_MONTHS_KNOWN = 60
_DOSES_OF_CHILDREN, _DOSES_OF_ADULTS = (
    tuple((vaccine.code, months) for vaccine in vaccines for months in vaccine.months)
    for vaccines in (FOR_CHILDREN, FOR_ADULTS)
)
_AUTUMN = ("09", "10", "11", "12")
_OBJECTION = (
    ',"statusReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"PATOBJ",'
    '"display":"patient objection"}]}'
)


class Dose(NamedTuple):
    """One dose; `visit` is None when it was given elsewhere and reported."""

    code: str
    given: str  # FHIR date or instant
    visit: Visit | None


_TEMPLATE = piecewise(
    {
        "resourceType": "Immunization",
        "id": text("id"),
        "meta": meta("us-core-immunization"),
        "status": text("status"),
        member("reason"): "",
        "vaccineCode": raw("vaccine"),
        "patient": raw("subject"),
        member("encounter"): "",
        "occurrenceDateTime": text("given"),
        "primarySource": raw("primary"),
    }
)
_VACCINES = {
    code: minified({"coding": [{"system": SYSTEM, "code": code, "display": display}], "text": display})
    for code, display in (INFLUENZA, *(vaccine[:2] for vaccine in FOR_CHILDREN + FOR_ADULTS))
}


def immunizations(draw: Draw, story: Story, frame: Frame) -> list[Draft]:
    """The doses of the last years in order of vaccine, then influenza."""
    rendered = []
    for ordinal, (code, given, visit) in enumerate([*_scheduled(draw, story), *_influenza(draw, story)]):
        resource_id = frame.numbering.id("Immunization", ordinal)
        status = pick(draw, _STATUS)
        body = _TEMPLATE(
            id=resource_id,
            vaccine=_VACCINES[code],
            status=status,
            reason=_OBJECTION if status == "not-done" else "",
            subject=frame.subject,
            encounter=f',"encounter":{frame.encounters[visit.ordinal]}' if visit else "",
            given=given,
            primary="true" if visit else "false",
        )
        rendered.append(("Immunization", resource_id, body))
    return rendered


def _scheduled(draw: Draw, story: Story) -> list[Dose]:
    """Doses given elsewhere, as far as the registry of the last years knows of them."""
    person, doses = story.person, []
    child, last = person.age < 19, person.last_day
    lived = (last - person.birth_day) / _MONTH
    known = lived - _MONTHS_KNOWN
    for code, months in _DOSES_OF_CHILDREN if child else _DOSES_OF_ADULTS:
        if known < months < lived and (child or draw() < 0.5):
            day = story.day_of_age(months) + int(draw() * 20)
            if day < last:
                doses.append(Dose(code, date_text(day), None))
    return doses


def _influenza(draw: Draw, story: Story) -> list[Dose]:
    return [
        Dose(INFLUENZA[0], instant_text(visit.start + 540), visit)
        for visit in story.visits
        if visit.kind == OFFICE
        and visit.happened
        and date_text(visit.day)[5:7] in _AUTUMN
        and draw() < 0.5
        and visit.day > story.day_of_age(6)
    ]
