"""The synthetic population keeps the rules of R4 and of the US Core profiles it claims."""

import pytest

from synthetic.population import Population
from synthetic.r4.rules import problems
from synthetic.r4.us_core import profiles_for, us_core_problems


@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_charts_are_valid(seed):
    population = Population(seed=seed, size=1_000_000)
    resources = [resource for index in range(0, 1_000_000, 100_000) for resource in population.chart(index).resources]

    assert resources
    assert [(r.id, found) for r in resources if (found := problems(r.body) or us_core_problems(r.body))] == []
    assert all(profiles_for(resource.body) for resource in resources if resource.type == "Patient")
