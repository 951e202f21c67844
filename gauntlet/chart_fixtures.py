"""Fixtures for authors of checks: charts, under the ids by which consumers get at them.

Behind Epic those are the EHR's own. Behind Unity each gateway makes its own: a chart's `id` is then the gateway's, and
`chart.patient.id` the EHR's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from gauntlet.running import RunningCheck
from gauntlet.session import Session
from gauntlet.twins import Twins, find_in, in_rows, twins
from synthetic.population import Chart
from synthetic.resource import Resource


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


@pytest.fixture
def record_pairs(gauntlet_session: Session) -> Callable[[Chart, str], tuple[tuple[str, Resource], ...]]:
    """A function that returns a chart's records, each behind the id by which consumers read it.

    Where the gateway makes the ids, records are matched by what they say; one that has no twin is left out.
    """

    def pairs(chart: Chart, resource_type: str) -> tuple[tuple[str, Resource], ...]:
        known = gauntlet_session.known
        if known:
            return tuple((str(item["id"]), record) for item, record in known.twins(chart, resource_type).pairs)
        return tuple((record.id, record) for record in chart.of_type(resource_type))

    return pairs


@pytest.fixture
def as_delivered(gauntlet_session: Session) -> Callable[[Chart, Iterable[str]], Chart]:
    """A function that returns a chart whose records of some types are those that consumers get.

    Behind Epic these are the EHR's own; where the gateway makes ids, those that it delivers.
    """

    def chart_of(chart: Chart, types: Iterable[str]) -> Chart:
        known = gauntlet_session.known
        return known.as_delivered(chart, types) if known else chart

    return chart_of


@pytest.fixture
def twins_of(gauntlet_session: Session) -> Callable[[Chart, str, Iterable[Mapping[str, Any]]], Twins]:
    """A function that matches a chart's records, as Unity has them, with what was delivered of a type."""
    directory = gauntlet_session.population.directory()

    def match(chart: Chart, resource_type: str, delivered: Iterable[Mapping[str, Any]]) -> Twins:
        return twins(in_rows(chart, resource_type), delivered, find_in(chart, directory))

    return match
