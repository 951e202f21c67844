"""DocumentReference and Binary: US Core 6.1 clinical notes, whose text names the patient as notes do."""

from __future__ import annotations

from base64 import b64encode

from synthetic.codes.panels import DISCHARGE_SUMMARY, PROGRESS_NOTE
from synthetic.draft import Draft
from synthetic.instants import instant_text
from synthetic.json_template import Pieces, Template, piecewise, raw, text
from synthetic.meta import meta
from synthetic.problems import Problem
from synthetic.story import Frame, Story
from synthetic.timeline import ADMISSION, TELEPHONE, Visit

_CATEGORY = {
    "system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
    "code": "clinical-note",
    "display": "Clinical Note",
}
_FORMAT = {
    "system": "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode",
    "code": "urn:ihe:iti:xds:2017:mimeTypeSufficient",
    "display": "mimeType Sufficient",
}
_CONTENT_TYPE = "text/plain; charset=utf-8"


def _template(code: str, display: str) -> Template[Pieces]:
    return piecewise(
        {
            "resourceType": "DocumentReference",
            "id": text("id"),
            "meta": meta("us-core-documentreference"),
            "status": "current",
            "docStatus": "final",
            "type": {"coding": [{"system": "http://loinc.org", "code": code, "display": display}], "text": display},
            "category": [{"coding": [_CATEGORY], "text": "Clinical Note"}],
            "subject": raw("subject"),
            "date": text("date"),
            "author": [raw("author")],
            "content": [
                {
                    "attachment": {
                        "contentType": _CONTENT_TYPE,
                        "url": f"Binary/{text('binary')}",
                        "size": raw("size"),
                        "title": display,
                        "creation": text("date"),
                    },
                    "format": _FORMAT,
                }
            ],
            "context": {"encounter": [raw("encounter")], "period": raw("period")},
        }
    )


_NOTE, _DISCHARGE = _template(*PROGRESS_NOTE), _template(*DISCHARGE_SUMMARY)
_BINARY = piecewise(
    {
        "resourceType": "Binary",
        "id": text("id"),
        "meta": meta(),
        "contentType": _CONTENT_TYPE,
        "securityContext": raw("document"),
        "data": text("data"),
    }
)


def documents(story: Story, frame: Frame) -> list[Draft]:
    """A note with its text for every finished admission and for the last finished visit."""
    finished = [visit for visit in story.visits if visit.status == "finished" and visit.kind != TELEPHONE]
    noted = [visit for visit in finished if visit.kind == ADMISSION or visit is finished[-1]]
    rendered: list[Draft] = []
    for ordinal, visit in enumerate(noted):
        rendered += _document(story, frame, visit, ordinal)
    return rendered


def _document(story: Story, frame: Frame, visit: Visit, ordinal: int) -> tuple[Draft, Draft]:
    words = note(story, visit).encode()
    document_id = frame.numbering.id("DocumentReference", ordinal)
    binary_id = frame.numbering.id("Binary", ordinal)
    start, end = instant_text(visit.start), instant_text(visit.end or story.end)
    body = (_DISCHARGE if visit.kind == ADMISSION else _NOTE)(
        id=document_id,
        subject=frame.subject,
        date=end,
        author=frame.practitioner(visit),
        binary=binary_id,
        size=str(len(words)),
        encounter=frame.encounters[visit.ordinal],
        period=f'{{"start":"{start}","end":"{end}"}}',
    )
    document = f'{{"reference":"DocumentReference/{document_id}"}}'
    binary = _BINARY(id=binary_id, document=document, data=b64encode(words).decode())
    return (
        ("DocumentReference", document_id, body),
        ("Binary", binary_id, binary),
    )


def note(story: Story, visit: Visit) -> str:
    """What was written about a visit."""
    person = story.person
    known = [problem for problem in story.real_problems if problem.onset_day <= visit.day]
    sentences = [
        f"Patient: {person.full_name}.",
        f"Seen on {instant_text(visit.start)} with {_reason(visit, known)}.",
        f"Known: {'; '.join(problem.display for problem in known) or 'nothing of note'}.",
        f"Can be reached at {person.phones[0]}. {person.contact[1]} came along.",
    ]
    return " ".join(sentences)


def _reason(visit: Visit, known: list[Problem]) -> str:
    if visit.acute is not None:
        return visit.acute.display.lower()
    return "a follow-up" if known else "a routine check"
