"""Fixtures for authors of checks: charts, under the ids by which consumers get at them.

Behind Epic those are the EHR's own. Behind Unity each gateway makes its own: a chart's `id` is then the gateway's, and
`chart.patient.id` the EHR's.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gauntlet.running import RunningCheck
from gauntlet.session import Session
from synthetic.population import Chart


@pytest.fixture
def new_chart(running: RunningCheck) -> Callable[[], Chart]:
    """A function that returns a chart no other check uses."""
    return running.next_chart


@pytest.fixture
def chart(running: RunningCheck) -> Chart:
    """A chart no other check uses."""
    return running.next_chart()


@pytest.fixture
def chart_where(running: RunningCheck) -> Callable[[Callable[[Chart], bool]], Chart]:
    """A function that returns a chart of a certain kind, for reading only: `chart_where(has_trailing_zero)`."""
    return running.chart_where


@pytest.fixture
def record_ids(gauntlet_session: Session) -> Callable[[Chart, str], tuple[str, ...]]:
    """A function that returns the ids by which consumers read a chart's records: `record_ids(chart, "Condition")`.

    Where the gateway makes them, it is asked: call it before the EHR's journal is marked.
    """

    def ids(chart: Chart, resource_type: str) -> tuple[str, ...]:
        known = gauntlet_session.known
        if known:
            return known.records(chart, resource_type)
        return tuple(record.id for record in chart.of_type(resource_type))

    return ids
