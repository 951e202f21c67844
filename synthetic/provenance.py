"""Provenance: US Core 6.1; who wrote down the conditions and allergies."""

from __future__ import annotations

from synthetic.draft import Draft
from synthetic.hospital import HOSPITAL
from synthetic.instants import instant_text
from synthetic.json_template import piecewise, raw, text
from synthetic.meta import meta
from synthetic.story import Frame, Story

_TYPES = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_TEMPLATE = piecewise(
    {
        "resourceType": "Provenance",
        "id": text("id"),
        "meta": meta("us-core-provenance"),
        "target": raw("targets"),
        "recorded": text("recorded"),
        "agent": [
            {
                "type": {"coding": [{"system": _TYPES, "code": "author", "display": "Author"}]},
                "who": raw("author"),
                "onBehalfOf": raw("organization"),
            }
        ],
    }
)


def provenances(story: Story, frame: Frame) -> list[Draft]:
    """One Provenance for what the visit in progress wrote down."""
    visit = story.visits[-1]
    written = [
        frame.conditions[problem.ordinal]
        for problem in story.problems
        if problem.visit is not None and problem.visit.ordinal == visit.ordinal
    ]
    targets = [*written, frame.encounters[visit.ordinal]]
    resource_id = frame.numbering.id("Provenance", 0)
    body = _TEMPLATE(
        id=resource_id,
        targets=f"[{','.join(targets)}]",
        recorded=instant_text(visit.start + 15 * 60),
        author=frame.practitioner(visit),
        organization=frame.hospital.organization(HOSPITAL),
    )
    return [("Provenance", resource_id, body)]
