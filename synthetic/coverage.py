"""Coverage: US Core 6.1; who pays."""

from __future__ import annotations

from synthetic.dice import Draw, pick, weighted
from synthetic.draft import Draft
from synthetic.hospital import FIRST_PAYER, PAYERS
from synthetic.instants import date_text, day
from synthetic.json_template import piecewise, raw, text
from synthetic.meta import meta
from synthetic.story import Frame, Story

_MEDICARE, _MEDICAID, _SELF_PAY = 0, 1, len(PAYERS) - 1
# US Census Bureau, Health Insurance Coverage in the United States: 2023 (P60-284), rounded.
_BELOW_65 = weighted({_MEDICAID: 22, 2: 26, 3: 24, 4: 18, _SELF_PAY: 10}, 100)
_ACCOUNT_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"


_RELATIONSHIPS = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
_TEMPLATE = piecewise(
    {
        "resourceType": "Coverage",
        "id": text("id"),
        "meta": meta("us-core-coverage"),
        "identifier": [
            {
                "type": {"coding": [{"system": _ACCOUNT_TYPES, "code": "MB", "display": "Member Number"}]},
                "system": f"urn:oid:2.16.840.1.113883.3.9999.{text('payer')}",
                "value": text("member"),
            }
        ],
        "status": "active",
        "type": {"text": text("type")},
        "subscriberId": text("member"),
        "beneficiary": raw("subject"),
        "relationship": {
            "coding": [{"system": _RELATIONSHIPS, "code": text("relationship"), "display": text("relationship_text")}]
        },
        "period": {"start": text("since")},
        "payor": [raw("payor")],
    }
)
_NEW_YEARS = tuple(day(f"{year}-01-01") for year in range(2019, 2026))


def coverages(draw: Draw, story: Story, frame: Frame) -> list[Draft]:
    """One Coverage, or none for who pays out of pocket."""
    person = story.person
    payer = _MEDICARE if person.age >= 65 else pick(draw, _BELOW_65)
    since = max(person.birth_day, pick(draw, _NEW_YEARS))
    if payer == _SELF_PAY:
        return []
    resource_id = frame.numbering.id("Coverage", 0)
    dependent = person.age < 26 and payer not in (_MEDICAID, _MEDICARE)
    body = _TEMPLATE(
        id=resource_id,
        payer=str(payer),
        member=f"W{frame.hospital.identity.member_number(frame.chart)}",
        type=PAYERS[payer][0],
        subject=frame.subject,
        relationship="child" if dependent else "self",
        relationship_text="Child" if dependent else "Self",
        since=date_text(min(since, person.last_day)),
        payor=frame.hospital.organization(FIRST_PAYER + payer),
    )
    return [("Coverage", resource_id, body)]
