"""Procedure: US Core 6.1; operations of the past, and what was done in emergencies and admissions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from synthetic.codes.procedures import CHEST_RADIOGRAPH, ELECTROCARDIOGRAM, PAST, SYSTEM
from synthetic.dice import Draw, between
from synthetic.draft import Draft
from synthetic.instants import date_text, instant_text
from synthetic.json_template import member, minified, piecewise, raw, text
from synthetic.meta import meta
from synthetic.story import Frame, Story
from synthetic.timeline import ADMISSION, EMERGENCY

_TEMPLATE = piecewise(
    {
        "resourceType": "Procedure",
        "id": text("id"),
        "meta": meta("us-core-procedure"),
        "status": "completed",
        "code": raw("code"),
        "subject": raw("subject"),
        member("encounter"): "",
        "performedDateTime": text("time"),
        member("more"): "",
    }
)
_CODES = {
    code: minified({"coding": [{"system": SYSTEM, "code": code, "display": display}], "text": words})
    for code, display, words in (ELECTROCARDIOGRAM, CHEST_RADIOGRAPH, *(operation[:3] for operation in PAST))
}


class _Done(NamedTuple):
    """One procedure; `time` is a FHIR date or instant, `encounter` and `more` are members."""

    code: str
    time: str
    encounter: str
    more: str


def procedures(draw: Draw, story: Story, frame: Frame) -> list[Draft]:
    """Past operations, then what visits brought."""
    rendered = []
    for ordinal, done in enumerate([*_past(draw, story, frame), *_in_visits(draw, story, frame)]):
        resource_id = frame.numbering.id("Procedure", ordinal)
        body = _TEMPLATE(
            id=resource_id,
            code=_CODES[done.code],
            subject=frame.subject,
            encounter=done.encounter,
            time=done.time,
            more=done.more,
        )
        rendered.append(("Procedure", resource_id, body))
    return rendered


def _past(draw: Draw, story: Story, frame: Frame) -> Iterator[_Done]:
    age, latest = story.person.age, story.visits[0].day - 1
    for operation in PAST:
        if age <= operation.youngest:
            continue
        earliest, more = story.day_of_age(12 * operation.youngest), ""
        if operation.because:
            reason = next((problem for problem in story.real_problems if problem.code == operation.because), None)
            if reason is None:
                continue
            earliest = max(earliest, reason.onset_day)
            more = f',"reasonReference":[{frame.conditions[reason.ordinal]}]'
        if earliest < latest and draw() * 100 < operation.percent:
            yield _Done(operation.code, date_text(between(draw, max(earliest, latest - 7000), latest)), "", more)


def _in_visits(draw: Draw, story: Story, frame: Frame) -> Iterator[_Done]:
    for visit in story.visits:
        if visit.kind not in (EMERGENCY, ADMISSION) or not visit.happened:
            continue
        code = ELECTROCARDIOGRAM[0] if draw() < 0.6 else CHEST_RADIOGRAPH[0]
        time = instant_text(min(visit.start + 60 * between(draw, 16, 100), visit.end or story.end))
        encounter = f',"encounter":{frame.encounters[visit.ordinal]}'
        yield _Done(code, time, encounter, f',"performer":[{{"actor":{frame.practitioner(visit)}}}]')
