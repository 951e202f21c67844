"""A small hospital, and a way to apply one case to one of its charts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from synthetic.dice import stream
from synthetic.edge_cases.case import Case, Outcome, Scene
from synthetic.edge_cases.catalogue import CASES
from synthetic.identity import Identity
from synthetic.population import Chart, Population

SEED, SIZE = 7, 60
SAMPLE = (*range(11), 20)  # number 20 has died

Applied = Callable[[Case, int], tuple[Chart, Outcome]]


@pytest.fixture(scope="session")
def hospital() -> Population:
    return Population(SEED, SIZE)


@pytest.fixture(scope="session")
def clean(hospital: Population) -> dict[int, Chart]:
    return {index: hospital.chart(index) for index in SAMPLE}


@pytest.fixture(scope="session")
def applied(clean: dict[int, Chart]) -> Applied:
    identity = Identity(SEED)

    def apply(case: Case, index: int) -> tuple[Chart, Outcome]:
        scene = Scene(clean[index], identity, index + 1, stream(b"a key of sixteen", index))
        outcome = case.apply(scene)
        return Chart(index, clean[index].mrn, outcome.resources), outcome

    return apply


def two_charts(case: Case) -> tuple[int, int]:
    """Two charts for a case, other ones for other cases."""
    number = list(CASES).index(case.name)
    return SAMPLE[number % len(SAMPLE)], SAMPLE[(number * 5 + 7) % len(SAMPLE)]
