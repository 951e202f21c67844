"""RelatedPerson: US Core 6.1; the next of kin, and for children a parent."""

from __future__ import annotations

from synthetic.dice import Draw, pick
from synthetic.draft import Draft, octets
from synthetic.json_template import piecewise, raw, text
from synthetic.meta import meta
from synthetic.story import Frame, Story

_ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_OF_CHILDREN = (("MTH", "mother"), ("FTH", "father"))
_OF_ADULTS = (("SPS", "spouse"), ("SIS", "sister"), ("BRO", "brother"), ("CHILD", "child"))


_TEMPLATE = piecewise(
    {
        "resourceType": "RelatedPerson",
        "id": text("id"),
        "meta": meta("us-core-relatedperson"),
        "active": True,
        "patient": raw("subject"),
        "relationship": [
            {"coding": [{"system": _ROLES, "code": text("code"), "display": text("role")}], "text": text("role")}
        ],
        "name": [
            {
                "use": "official",
                "text": f"{text('given')} {text('family')}",
                "family": text("family"),
                "given": [text("given")],
            }
        ],
        "telecom": [{"system": "phone", "value": text("phone"), "use": "home"}],
    }
)


def related_people(draw: Draw, story: Story, frame: Frame) -> list[Draft]:
    """The next of kin of children and of every second adult."""
    person = story.person
    child = person.age < 18
    if not child and draw() < 0.5:
        return []
    code, role = pick(draw, _OF_CHILDREN if child else _OF_ADULTS)
    family, given, phone = person.contact
    resource_id = frame.numbering.id("RelatedPerson", 0)
    body = _TEMPLATE(
        id=resource_id,
        subject=frame.subject,
        code=code,
        role=role,
        given=octets(given),
        family=octets(family),
        phone=phone,
    )
    return [("RelatedPerson", resource_id, body)]
