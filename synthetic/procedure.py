"""Procedure: US Core 6.1; operations of the past, and what was done in emergencies and admissions."""

from __future__ import annotations

from collections.abc import Iterator

from synthetic.codes.procedures import CHEST_RADIOGRAPH, ELECTROCARDIOGRAM, PAST, SYSTEM
from synthetic.dice import Draw, between
from synthetic.instants import date_text, instant_text
from synthetic.json_template import Template, compiled, member, raw, text
from synthetic.meta import meta
from synthetic.resource import Resource
from synthetic.story import Frame, Story
from synthetic.timeline import ADMISSION, EMERGENCY


def _template(code: str, display: str, words: str) -> Template:
    return compiled(
        {
            "resourceType": "Procedure",
            "id": text("id"),
            "meta": meta("us-core-procedure"),
            "status": "completed",
            "code": {"coding": [{"system": SYSTEM, "code": code, "display": display}], "text": words},
            "subject": raw("subject"),
            member("encounter"): "",
            "performedDateTime": text("time"),
            member("more"): "",
        }
    )


_TEMPLATES = {
    code: _template(code, display, words)
    for code, display, words in (ELECTROCARDIOGRAM, CHEST_RADIOGRAPH, *(operation[:3] for operation in PAST))
}


def procedures(draw: Draw, story: Story, frame: Frame) -> list[Resource]:
    """Past operations, then what visits brought."""
    rendered = []
    for ordinal, (code, members) in enumerate([*_past(draw, story, frame), *_in_visits(draw, story, frame)]):
        resource_id = frame.numbering.id("Procedure", ordinal)
        body = _TEMPLATES[code](id=resource_id, subject=frame.subject, **members)
        rendered.append(Resource("Procedure", resource_id, body.encode()))
    return rendered


def _past(draw: Draw, story: Story, frame: Frame) -> Iterator[tuple[str, dict[str, str]]]:
    person = story.person
    problems = {problem.code: problem for problem in story.real_problems}
    for operation in PAST:
        earliest, latest = story.day_of_age(12 * operation.youngest), story.visits[0].day - 1
        reason = problems.get(operation.because)
        if operation.because:
            if reason is None:
                continue
            earliest = max(earliest, reason.onset_day)
        if earliest >= latest or person.age <= operation.youngest or draw() * 100 >= operation.percent:
            continue
        day = between(draw, max(earliest, latest - 7000), latest)
        more = f',"reasonReference":[{frame.reference("Condition", reason.ordinal)}]' if reason else ""
        yield operation.code, {"encounter": "", "time": date_text(day), "more": more}


def _in_visits(draw: Draw, story: Story, frame: Frame) -> Iterator[tuple[str, dict[str, str]]]:
    for visit in story.visits:
        if visit.kind not in (EMERGENCY, ADMISSION) or not visit.happened:
            continue
        code = ELECTROCARDIOGRAM[0] if draw() < 0.6 else CHEST_RADIOGRAPH[0]
        time = min(visit.start + 60 * between(draw, 16, 100), visit.end or story.end)
        yield (
            code,
            {
                "encounter": f',"encounter":{frame.reference("Encounter", visit.ordinal)}',
                "time": instant_text(time),
                "more": f',"performer":[{{"actor":{frame.practitioner(visit)}}}]',
            },
        )
