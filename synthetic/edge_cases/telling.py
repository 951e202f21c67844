"""Charts with edge cases in formats that are not FHIR JSON: what can be told, and what of the truth gets lost."""

from __future__ import annotations

from typing import Any, NamedTuple

from synthetic.chart import Chart
from synthetic.edge_cases.injection import EdgeChart, Injected
from synthetic.edge_cases.inspection import wrong_alone
from synthetic.resource import Resource
from synthetic.writers.coverage import Coverage, leaves, not_carried


class Telling(NamedTuple):
    """A chart without the resources that break a rule by themselves, and the rule that each of these breaks."""

    chart: Chart
    unsound: dict[Resource, str]


def tellable(chart: Chart) -> Telling:
    """What of a chart other formats can tell: valid R4 only. Nothing when the patient's own record is unsound."""
    known = {id(resource) for resource in chart.clean.resources} if isinstance(chart, EdgeChart) else set()
    looked_at = [resource for resource in chart.resources if id(resource) not in known]
    unsound = {resource: wrong[0].rule for resource in looked_at if (wrong := wrong_alone(resource))}
    kept = [resource for resource in chart.resources if resource not in unsound]
    told = () if chart.patient in unsound else tuple(kept)
    return Telling(Chart(chart.index, chart.mrn, told) if unsound else chart, unsound)


def losses(coverage: Coverage, telling: Telling, chart: Chart, injected: Injected) -> dict[str, str]:
    """The elements of an injected truth that a format does not carry, each with the reason."""
    touched = _touched(chart, injected)
    if touched in telling.unsound:
        return _all(injected.truth, f"the resource breaks the rule {telling.unsound[touched]!r} and is left out")
    if chart.patient in telling.unsound:
        return _all(injected.truth, "the record of the patient is unsound, so nothing of the chart is told")
    return not_carried(coverage, touched.body, chart.patient.body, injected.truth)


def _touched(chart: Chart, injected: Injected) -> Resource:
    """The resource that a case touched; the last one of its type and id, for a case may give an id twice."""
    named = [one for one in chart.of_type(injected.resource_type) if one.id == injected.id]
    return named[-1]


def _all(truth: dict[str, Any], reason: str) -> dict[str, str]:
    return dict.fromkeys([path for start, item in truth.items() for path, _ in leaves(item, start)], reason)
