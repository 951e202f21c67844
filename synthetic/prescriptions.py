"""What was prescribed: a drug follows a condition, is ordered in a visit, and respects allergies."""

from __future__ import annotations

from dataclasses import dataclass

from synthetic.codes.drugs import DRUGS, Drug
from synthetic.dice import Draw, between, pick, weighted
from synthetic.instants import DAY
from synthetic.person import Person
from synthetic.problems import Problem
from synthetic.timeline import Visit, first_that_happened


@dataclass(slots=True, eq=False)
class Prescription:
    """One order of one drug for one problem in one visit."""

    drug: Drug
    problem: Problem
    visit: Visit
    authored: int
    status: str
    from_formulary: bool  # ordered by reference to a Medication


_FROM_FORMULARY = 0.3
_LONG_STATUS = weighted(
    {"active": 84, "stopped": 8, "on-hold": 2, "completed": 3, "entered-in-error": 2, "cancelled": 1}, 100
)


def prescriptions(
    draw: Draw,
    person: Person,
    visits: tuple[Visit, ...],
    problems: tuple[Problem, ...],
    avoided: frozenset[str],
) -> tuple[Prescription, ...]:
    """All orders, at least one. `avoided` holds the keys of drugs this person is allergic to."""
    orders = []
    for problem in problems:
        if problem.verification in ("refuted", "entered-in-error") or not problem.drugs:
            continue
        visit = problem.visit or first_that_happened(visits)
        authored = visit.start + 60 * between(draw, 12, 15)
        for name in _chosen(draw, problem, avoided):
            drug = DRUGS[name]
            status = _status(draw, person, problem, drug, authored)
            orders.append(Prescription(drug, problem, visit, authored, status, draw() < _FROM_FORMULARY))
    return tuple(orders)


def _chosen(draw: Draw, problem: Problem, avoided: frozenset[str]) -> list[str]:
    allowed = [name for name in problem.drugs if name not in avoided] if avoided else problem.drugs
    if not allowed:
        liquid = any(name.endswith("-liquid") for name in problem.drugs)
        return ["acetaminophen-liquid" if liquid else "acetaminophen"]
    if problem.chronic and len(allowed) > 1 and draw() < 0.3:
        first = int(draw() * (len(allowed) - 1))
        return list(allowed[first : first + 2])
    return [pick(draw, allowed)]


def _status(draw: Draw, person: Person, problem: Problem, drug: Drug, authored: int) -> str:
    if drug.days:
        return "completed" if authored // DAY + drug.days < person.last_day else "active"
    if not problem.chronic:
        return "active"
    if person.death is not None or problem.clinical in ("resolved", "inactive", "remission"):
        return "stopped"
    return pick(draw, _LONG_STATUS)
