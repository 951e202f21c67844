"""AllergyIntolerance: US Core 6.1; people without an allergy carry a statement that none is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from synthetic.codes.allergens import ALLERGENS, REACTIONS, SHARE_WITH_ALLERGY, Allergen
from synthetic.dice import Draw, between, pick, weighted
from synthetic.instants import instant_text
from synthetic.json_template import minified
from synthetic.meta import meta
from synthetic.numbering import Numbering
from synthetic.person import Person
from synthetic.resource import Resource
from synthetic.timeline import Visit

_META = meta("us-core-allergyintolerance")
_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
_VERIFICATIONS = weighted({"confirmed": 80, "unconfirmed": 16, "refuted": 2, "entered-in-error": 2}, 100)


class Allergy(NamedTuple):
    """One allergy; `allergen` None says that none is known."""

    allergen: Allergen | None
    verification: str
    reaction: str
    recorded: int
    visit: Visit


def allergies(draw: Draw, person: Person, visits: Sequence[Visit]) -> tuple[Allergy, ...]:
    """All statements about allergies: one at least, recorded in the first visit that happened."""
    visit = next(visit for visit in visits if visit.happened)
    recorded = visit.start + 60 * between(draw, 3, 10)
    share = SHARE_WITH_ALLERGY if person.age >= 18 else SHARE_WITH_ALLERGY / 3
    if draw() >= share:
        return (Allergy(None, "confirmed", "", recorded, visit),)
    chosen = dict.fromkeys(pick(draw, ALLERGENS) for _ in range(between(draw, 1, 3)))
    return tuple(
        Allergy(allergen, pick(draw, _VERIFICATIONS), pick(draw, REACTIONS), recorded, visit) for allergen in chosen
    )


def avoided_drugs(found: Sequence[Allergy]) -> frozenset[str]:
    """Keys of drugs nobody would give to someone with these allergies."""
    return frozenset(name for allergy in found if allergy.allergen for name in allergy.allergen.drugs)


def allergy_intolerances(numbering: Numbering, subject: str, found: Sequence[Allergy]) -> list[Resource]:
    """Render allergies. `subject` is the reference to the patient as JSON."""
    rendered = []
    for ordinal, allergy in enumerate(found):
        resource_id = numbering.id("AllergyIntolerance", ordinal)
        encounter = numbering.id("Encounter", allergy.visit.ordinal)
        head = minified(_head(resource_id, allergy))
        tail = (
            f'"patient":{subject},"encounter":{{"reference":"Encounter/{encounter}"}},' + minified(_tail(allergy))[1:]
        )
        rendered.append(Resource("AllergyIntolerance", resource_id, f"{head[:-1]},{tail}".encode()))
    return rendered


def _head(resource_id: str, allergy: Allergy) -> dict[str, Any]:
    allergen, verification = allergy.allergen, allergy.verification
    body: dict[str, Any] = {"resourceType": "AllergyIntolerance", "id": resource_id, "meta": _META}
    if verification != "entered-in-error":  # ait-2
        status = "inactive" if verification == "refuted" else "active"
        body["clinicalStatus"] = {"coding": [{"system": _CLINICAL, "code": status}]}
    body["verificationStatus"] = {"coding": [{"system": _VERIFICATION, "code": verification}]}
    if allergen is None:
        return body | {"code": {"text": "No known allergies"}}
    coding = {"system": allergen.system, "code": allergen.code, "display": allergen.display}
    severe = allergy.reaction == "Anaphylaxis"
    return body | {
        "type": "allergy",
        "category": [allergen.category],
        "criticality": "high" if severe else "low",
        "code": {"coding": [coding], "text": allergen.text},
    }


def _tail(allergy: Allergy) -> dict[str, Any]:
    body: dict[str, Any] = {"recordedDate": instant_text(allergy.recorded)}
    if allergy.reaction:
        severity = "severe" if allergy.reaction == "Anaphylaxis" else "mild"
        body["reaction"] = [{"manifestation": [{"text": allergy.reaction}], "severity": severity}]
    return body
