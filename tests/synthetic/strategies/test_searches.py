from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from synthetic.population import Population
from synthetic.strategies.search_rules import PARAMETERS, Search, search_problems
from synthetic.strategies.searches import WRONGS, Wrong, illegal_searches, legal_searches, polluted_searches

# Without the phase that explains a failure: it costs more than all others, and examples here are found on purpose.
SEARCH = (Phase.generate, Phase.shrink)
HOSPITAL = Population(7, 40)
few = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    phases=SEARCH,
    suppress_health_check=list(HealthCheck),
)
quick = settings(few, max_examples=60)


@quick
@given(search=legal_searches(HOSPITAL))
def test_legal_searches_are_legal(search: Search) -> None:
    assert search_problems(search) == []


@quick
@given(wrong=illegal_searches(HOSPITAL))
def test_illegal_searches_are_illegal_in_one_thing(wrong: Wrong) -> None:
    assert search_problems(wrong.legal) == []
    assert search_problems(wrong.search) != []


@pytest.mark.parametrize("reason", WRONGS)
@pytest.mark.parametrize("kind", PARAMETERS)
def test_every_wrong_is_wrong_for_every_type(kind: str, reason: str) -> None:
    name = "_id" if kind == "Patient" else "patient"

    assert len(search_problems(WRONGS[reason](Search(kind, ((name, "e1"),))))) >= 1


@quick
@given(wrong=polluted_searches(HOSPITAL))
def test_polluted_searches_name_two_patients(wrong: Wrong) -> None:
    assert search_problems(wrong.search) == ["patient: two different patients at once"]


def test_searches_shrink_towards_the_first_patient_and_nothing_else() -> None:
    first = HOSPITAL.chart(0).id

    assert find(legal_searches(HOSPITAL), lambda _found: True, settings=few) == Search("Patient", (("_id", first),))
    asking = find(
        legal_searches(HOSPITAL),
        lambda found: "code" in dict(found.parameters),
        settings=quick,
    )
    assert (asking.parameters[0], len(asking.parameters)) == (("patient", first), 2)
    wrong = find(illegal_searches(HOSPITAL, reasons=["NUL"]), lambda _found: True, settings=few)
    assert wrong.search == Search("Patient", (("_id", first + "\0"),))
