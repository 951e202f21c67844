"""A site with everybody logged in, and one with other switches."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from joserfc import jwk

from synthetic.population import Chart, Population
from tests.mock_ehr.vendors.allscripts.clinic import RICH, Clinic, new_clinic


@pytest.fixture
def clinic(population: Population, key: jwk.RSAKey) -> Clinic:
    made = new_clinic(population, key)
    made.log_in()
    made.bearer = made.ask_token(made.assertion()).json()["access_token"]
    return made


@pytest.fixture
def clinic_with(population: Population, key: jwk.RSAKey) -> Callable[..., Clinic]:
    """Make a site with other switches; nobody is logged in."""
    return lambda *quirks: new_clinic(population, key, *quirks)


@pytest.fixture
def chart(population: Population) -> Chart:
    """The chart of `PATIENT`, who has something of nearly everything."""
    return population.chart(RICH)
