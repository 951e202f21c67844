"""Consent (R4): privacy consents, and refusals to pass on what is sensitive."""

from __future__ import annotations

from synthetic.codes.panels import CONSENT_DOCUMENT
from synthetic.codes.sensitivity import ACT_CODE, LABELS
from synthetic.dice import Draw, between
from synthetic.draft import Draft
from synthetic.hospital import HOSPITAL
from synthetic.instants import instant_text
from synthetic.json_template import minified, piecewise, raw, text
from synthetic.meta import ACT_REASON, meta
from synthetic.story import Frame, Story
from synthetic.timeline import first_that_happened

_TREATMENT = minified([{"system": ACT_REASON, "code": "TREAT", "display": "treatment"}])
_TEMPLATE = piecewise(
    {
        "resourceType": "Consent",
        "id": text("id"),
        "meta": meta(),
        "status": "active",
        "scope": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/consentscope",
                    "code": "patient-privacy",
                    "display": "Privacy Consent",
                }
            ]
        },
        "category": [
            {"coding": [{"system": "http://loinc.org", "code": CONSENT_DOCUMENT[0], "display": CONSENT_DOCUMENT[1]}]}
        ],
        "patient": raw("subject"),
        "dateTime": text("time"),
        "organization": [raw("organization")],
        "policyRule": {"coding": [{"system": ACT_CODE, "code": "OPTIN", "display": "opt-in"}]},
        "provision": raw("provision"),
    }
)
_SHARE_WITH_CONSENT = 0.3


def consents(draw: Draw, story: Story, frame: Frame) -> list[Draft]:
    """Everyone with sensitive illness has consented to treatment use and refused the rest; others now and then."""
    classes = sorted({problem.sensitive for problem in story.real_problems if problem.sensitive})
    chance, minutes = draw(), between(draw, 1, 3)
    if not classes and chance >= _SHARE_WITH_CONSENT:
        return []
    resource_id = frame.numbering.id("Consent", 0)
    body = _TEMPLATE(
        id=resource_id,
        subject=frame.subject,
        time=instant_text(first_that_happened(story.visits).start + 60 * minutes),
        organization=frame.hospital.organization(HOSPITAL),
        provision=_provision(classes),
    )
    return [("Consent", resource_id, body)]


def _provision(classes: list[str]) -> str:
    permit = f'"type":"permit","purpose":{_TREATMENT}'
    if not classes:
        return f"{{{permit}}}"
    labels = minified([LABELS[name] for name in classes])
    return f'{{{permit},"provision":[{{"type":"deny","securityLabel":{labels}}}]}}'
