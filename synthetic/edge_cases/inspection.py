"""Everything that can be wrong with a chart, from its bytes to what its resources say together."""

from __future__ import annotations

from collections.abc import Iterable

from synthetic.chart import Chart
from synthetic.edge_cases.coherence import Bodies, Everybody, Found, contradictions
from synthetic.edge_cases.wire_rules import wire_problems
from synthetic.r4.problem import Problem
from synthetic.r4.rules import problems
from synthetic.resource import Resource

__all__ = ["Found", "inspect"]


def inspect(chart: Chart, everybody: Everybody, resources: Iterable[Resource] | None = None) -> list[Found]:
    """List what is wrong with a chart; an empty list means that a gateway has to deliver all of it.

    Bytes first, then R4, then what resources say together; a resource with problems is left out of what follows.
    `everybody` is the population that the chart is of; `resources` are those of the chart to look at, None means all.
    """
    found: list[Found] = []
    sound: Bodies = []
    for resource in chart.resources if resources is None else resources:
        wrong = wrong_alone(resource)
        found += [Found(resource.reference, problem) for problem in wrong]
        if not wrong:
            sound.append((resource, resource.body))
    patient = {} if wrong_alone(chart.patient) else chart.patient.body
    return [*found, *contradictions(chart, patient, sound, everybody)]


def wrong_alone(resource: Resource) -> list[Problem]:
    """What is wrong with a resource whatever the others say."""
    return wire_problems(resource.json) or problems(resource.body)
