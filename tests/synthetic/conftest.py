"""Charts that several tests look at, made once."""

from __future__ import annotations

import pytest

from synthetic.population import Chart, Population

SEED, SIZE = 7, 1000


@pytest.fixture(scope="session")
def population() -> Population:
    return Population(SEED, SIZE)


@pytest.fixture(scope="session")
def charts(population: Population) -> list[Chart]:
    return [population.chart(index) for index in range(400)]
