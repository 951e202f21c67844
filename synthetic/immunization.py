"""Immunization: US Core 6.1; children by the schedule, adults by age, influenza in autumn visits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from synthetic.codes.vaccines import FOR_ADULTS, FOR_CHILDREN, INFLUENZA, SYSTEM
from synthetic.dice import Draw, pick, weighted
from synthetic.instants import DAY, date_text, instant_text
from synthetic.json_template import Template, compiled, member, raw, text
from synthetic.meta import meta
from synthetic.resource import Resource
from synthetic.story import Frame, Story
from synthetic.timeline import OFFICE, Visit

_STATUS = weighted({"completed": 95, "not-done": 4, "entered-in-error": 1}, 100)
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


def _template(code: str, display: str) -> Template:
    return compiled(
        {
            "resourceType": "Immunization",
            "id": text("id"),
            "meta": meta("us-core-immunization"),
            "status": text("status"),
            member("reason"): "",
            "vaccineCode": {"coding": [{"system": SYSTEM, "code": code, "display": display}], "text": display},
            "patient": raw("subject"),
            member("encounter"): "",
            "occurrenceDateTime": text("given"),
            "primarySource": raw("primary"),
        }
    )


_TEMPLATES = {
    code: _template(code, display) for code, display in (INFLUENZA, *(v[:2] for v in FOR_CHILDREN + FOR_ADULTS))
}


def immunizations(draw: Draw, story: Story, frame: Frame) -> list[Resource]:
    """All doses in order of vaccine."""
    rendered = []
    for ordinal, dose in enumerate([*_scheduled(draw, story), *_influenza(draw, story)]):
        resource_id = frame.numbering.id("Immunization", ordinal)
        status = pick(draw, _STATUS)
        visit = dose.visit
        body = _TEMPLATES[dose.code](
            id=resource_id,
            status=status,
            reason=_OBJECTION if status == "not-done" else "",
            subject=frame.subject,
            encounter=f',"encounter":{frame.reference("Encounter", visit.ordinal)}' if visit else "",
            given=dose.given,
            primary="true" if visit else "false",
        )
        rendered.append(Resource("Immunization", resource_id, body.encode()))
    return rendered


def _scheduled(draw: Draw, story: Story) -> Iterator[Dose]:
    person = story.person
    schedule = FOR_CHILDREN if person.age < 19 else FOR_ADULTS
    for vaccine in schedule:
        for months in vaccine.months:
            day = story.day_of_age(months) + int(draw() * 20)
            if day < person.last_day and (person.age < 19 or draw() < 0.5):
                yield Dose(vaccine.code, date_text(day), None)


def _influenza(draw: Draw, story: Story) -> Iterator[Dose]:
    for visit in story.visits:
        autumn = date_text(visit.start // DAY)[5:7] in _AUTUMN
        if (
            autumn
            and visit.kind == OFFICE
            and visit.happened
            and draw() < 0.5
            and visit.start // DAY > story.day_of_age(6)
        ):
            yield Dose(INFLUENZA[0], instant_text(visit.start + 540), visit)
