"""AllergyIntolerance: US Core 6.1."""

from __future__ import annotations

from typing import Any

from synthetic.allergies import Allergy
from synthetic.codes.allergens import ALLERGENS, REACTIONS, Allergen
from synthetic.draft import Draft
from synthetic.instants import instant_text
from synthetic.json_template import member, minified, piecewise, raw, text
from synthetic.meta import meta
from synthetic.story import Frame, Story


def _members(value: dict[str, Any]) -> str:
    return f",{minified(value)[1:-1]}"


def _known(allergen: Allergen) -> tuple[str, str]:
    """The members before and after the criticality."""
    coding = {"system": allergen.system, "code": allergen.code, "display": allergen.display}
    return (
        _members({"type": "allergy", "category": [allergen.category]}),
        _members({"code": {"coding": [coding], "text": allergen.text}}),
    )


_SEVERE = "Anaphylaxis"
_CLINICAL_SYSTEM = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
_CLINICAL = tuple(
    _members({"clinicalStatus": {"coding": [{"system": _CLINICAL_SYSTEM, "code": code}]}})
    for code in ("active", "inactive")
)
_ALLERGENS = {allergen.text: _known(allergen) for allergen in dict.fromkeys(ALLERGENS)}
_REACTIONS = {"": ""} | {
    words: _members(
        {"reaction": [{"manifestation": [{"text": words}], "severity": "severe" if words == _SEVERE else "mild"}]}
    )
    for words in dict.fromkeys(REACTIONS)
}
_TEMPLATE = piecewise(
    {
        "resourceType": "AllergyIntolerance",
        "id": text("id"),
        "meta": meta("us-core-allergyintolerance"),
        member("clinical"): "",
        "verificationStatus": {"coding": [{"system": _VERIFICATION, "code": text("verification")}]},
        member("substance"): "",
        "patient": raw("patient"),
        "encounter": raw("encounter"),
        "recordedDate": text("recorded"),
        member("reaction"): "",
    }
)


def allergy_intolerances(story: Story, frame: Frame) -> list[Draft]:
    """Render allergies."""
    rendered = []
    for ordinal, allergy in enumerate(story.allergies):
        resource_id, verification = frame.numbering.id("AllergyIntolerance", ordinal), allergy.verification
        body = _TEMPLATE(
            id=resource_id,
            clinical="" if verification == "entered-in-error" else _CLINICAL[verification == "refuted"],  # ait-2
            verification=verification,
            substance=_substance(allergy),
            patient=frame.subject,
            encounter=frame.encounters[allergy.visit.ordinal],
            recorded=instant_text(allergy.recorded),
            reaction=_REACTIONS[allergy.reaction],
        )
        rendered.append(("AllergyIntolerance", resource_id, body))
    return rendered


def _substance(allergy: Allergy) -> str:
    if allergy.allergen is None:
        return ',"code":{"text":"No known allergies"}'
    kind, code = _ALLERGENS[allergy.allergen.text]
    return f'{kind},"criticality":"{"high" if allergy.reaction == _SEVERE else "low"}"{code}'
