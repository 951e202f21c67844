"""RelatedPerson: US Core 6.1; the next of kin, and for children a parent."""

from __future__ import annotations

import orjson

from synthetic.dice import Draw, pick
from synthetic.json_template import minified
from synthetic.meta import meta
from synthetic.resource import Resource
from synthetic.story import Frame, Story

_ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_OF_CHILDREN = (("MTH", "mother"), ("FTH", "father"))
_OF_ADULTS = (("SPS", "spouse"), ("SIS", "sister"), ("BRO", "brother"), ("CHILD", "child"))


def related_people(draw: Draw, story: Story, frame: Frame) -> list[Resource]:
    """The next of kin of children and of every second adult."""
    person = story.person
    child = person.age < 18
    if not child and draw() < 0.5:
        return []
    code, display = pick(draw, _OF_CHILDREN if child else _OF_ADULTS)
    family, given, phone = person.contact
    resource_id = frame.numbering.id("RelatedPerson", 0)
    body = {
        "resourceType": "RelatedPerson",
        "id": resource_id,
        "meta": meta("us-core-relatedperson"),
        "active": True,
        "patient": orjson.Fragment(frame.subject),
        "relationship": [{"coding": [{"system": _ROLES, "code": code, "display": display}], "text": display}],
        "name": [{"use": "official", "text": f"{given} {family}", "family": family, "given": [given]}],
        "telecom": [{"system": "phone", "value": phone, "use": "home"}],
    }
    return [Resource("RelatedPerson", resource_id, minified(body).encode())]
