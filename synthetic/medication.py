"""Medication: US Core 6.1; the hospital's formulary, which some orders point to."""

from __future__ import annotations

from synthetic.codes.drugs import DRUGS
from synthetic.identity import Identity
from synthetic.json_template import minified
from synthetic.meta import meta
from synthetic.resource import Resource

_FORMULARY = tuple(DRUGS.values())
_NUMBERS = {drug.rxcui: number for number, drug in enumerate(_FORMULARY)}
COUNT = len(_FORMULARY)
_FORMS = ("Tablet", "Capsule", "Suspension", "Inhaler", "Film")


def medication_number(rxcui: str) -> int:
    """The number of a drug in the formulary. Raises KeyError for a drug that is not in it."""
    return _NUMBERS[rxcui]


def medication(identity: Identity, number: int) -> Resource:
    """The Medication of a number, 0 to COUNT - 1."""
    drug = _FORMULARY[number]
    resource_id = identity.resource_id("Medication", number)
    coding = {
        "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
        "code": drug.rxcui,
        "display": drug.display,
    }
    form = next((form for form in _FORMS if form in drug.display), "Tablet")
    body = {
        "resourceType": "Medication",
        "id": resource_id,
        "meta": meta("us-core-medication"),
        "code": {"coding": [coding], "text": drug.display},
        "status": "active",
        "form": {"text": form},
    }
    return Resource("Medication", resource_id, minified(body).encode())
