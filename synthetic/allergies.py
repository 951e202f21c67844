"""What someone is allergic to; people without an allergy carry a statement that none is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from synthetic.codes.allergens import ALLERGENS, REACTIONS, SHARE_WITH_ALLERGY, Allergen
from synthetic.dice import Draw, between, pick, weighted
from synthetic.person import Person
from synthetic.timeline import Visit, first_that_happened

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
    visit = first_that_happened(visits)
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
