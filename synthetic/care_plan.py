"""CarePlan: US Core 6.1; for people whose illness needs one. The narrative is mandatory there."""

from __future__ import annotations

from html import escape

from synthetic.draft import Draft
from synthetic.instants import DAY, date_text
from synthetic.json_template import escaped, piecewise, raw, text
from synthetic.meta import meta
from synthetic.story import Frame, Story

_PLANS = {
    "E11.9": "HbA1c every three months; daily foot care; dietitian.",
    "E11.42": "HbA1c every three months; daily foot care; podiatrist.",
    "I50.9": "Weigh every morning; call when two kilograms are gained in three days.",
    "J44.9": "Inhaler technique every visit; stop smoking; pulmonary rehabilitation.",
    "N18.30": "Creatinine every six months; no non-steroidal anti-inflammatory drugs.",
    "F32.A": "Follow-up in four weeks; crisis plan agreed.",
}
_DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'
_TEMPLATE = piecewise(
    {
        "resourceType": "CarePlan",
        "id": text("id"),
        "meta": meta("us-core-careplan"),
        "text": {"status": "generated", "div": f"{_DIV}{text('words')}</div>"},
        "status": text("status"),
        "intent": "plan",
        "category": [
            {"coding": [{"system": "http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "code": "assess-plan"}]}
        ],
        "title": text("title"),
        "description": text("words"),
        "subject": raw("subject"),
        "period": raw("period"),
        "author": raw("author"),
        "addresses": [raw("condition")],
    }
)


def care_plans(story: Story, frame: Frame) -> list[Draft]:
    """One plan for each illness that needs one."""
    rendered: list[Draft] = []
    for problem in story.real_problems:
        words = _PLANS.get(problem.code)
        if words is None:
            continue
        ended = problem.clinical != "active" or story.person.death is not None
        start = date_text(problem.recorded // DAY)
        end = date_text(story.person.last_day if problem.abated_day is None else problem.abated_day)
        resource_id = frame.numbering.id("CarePlan", len(rendered))
        body = _TEMPLATE(
            id=resource_id,
            words=escaped(escape(words)),
            status="completed" if ended else "active",
            title=escaped(problem.display),
            subject=frame.subject,
            period=f'{{"start":"{start}","end":"{end}"}}' if ended else f'{{"start":"{start}"}}',
            author=frame.practitioner(story.visits[-1]),
            condition=frame.conditions[problem.ordinal],
        )
        rendered.append(("CarePlan", resource_id, body))
    return rendered
