"""Coverage: US Core 6.1; who pays."""

from __future__ import annotations

import orjson

from synthetic.dice import Draw, between, pick, weighted
from synthetic.hospital import FIRST_PAYER, PAYERS
from synthetic.instants import TODAY, date_text, day
from synthetic.json_template import minified
from synthetic.meta import meta
from synthetic.resource import Resource
from synthetic.story import Frame, Story

_MEDICARE, _MEDICAID, _SELF_PAY = 0, 1, len(PAYERS) - 1
# US Census Bureau, Health Insurance Coverage in the United States: 2023 (P60-284), rounded.
_BELOW_65 = weighted({_MEDICAID: 22, 2: 26, 3: 24, 4: 18, _SELF_PAY: 10}, 100)
_ACCOUNT_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"


def coverages(draw: Draw, story: Story, frame: Frame) -> list[Resource]:
    """One Coverage, or none for who pays out of pocket."""
    person = story.person
    payer = _MEDICARE if person.age >= 65 else pick(draw, _BELOW_65)
    member_id = f"W{frame.hospital.identity.member_number(frame.chart)}"
    since = max(person.birth_day, day(f"{between(draw, 2019, 2025)}-01-01"))
    if payer == _SELF_PAY:
        return []
    resource_id = frame.numbering.id("Coverage", 0)
    dependent = person.age < 26 and payer not in (_MEDICAID, _MEDICARE)
    relationship = ("child", "Child") if dependent else ("self", "Self")
    member = {"system": _ACCOUNT_TYPES, "code": "MB", "display": "Member Number"}
    body = {
        "resourceType": "Coverage",
        "id": resource_id,
        "meta": meta("us-core-coverage"),
        "identifier": [
            {"type": {"coding": [member]}, "system": f"urn:oid:2.16.840.1.113883.3.9999.{payer}", "value": member_id}
        ],
        "status": "active",
        "type": {"text": PAYERS[payer][0]},
        "subscriberId": member_id,
        "beneficiary": orjson.Fragment(frame.subject),
        "relationship": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/subscriber-relationship",
                    "code": relationship[0],
                    "display": relationship[1],
                }
            ]
        },
        "period": {"start": date_text(min(since, TODAY))},
        "payor": [orjson.Fragment(frame.hospital.organization(FIRST_PAYER + payer))],
    }
    return [Resource("Coverage", resource_id, minified(body).encode())]
