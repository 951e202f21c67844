"""Pairs: a chart as it is, and the same chart in another spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from synthetic.chart import Chart
from synthetic.directory import Directory
from synthetic.edge_cases.exact_json import dumps
from synthetic.metamorphic import epic
from synthetic.metamorphic.difference import Difference
from synthetic.metamorphic.facts import fact_differences
from synthetic.metamorphic.fhir_facts import fhir_facts
from synthetic.metamorphic.judge import same_meaning
from synthetic.metamorphic.reading import Json
from synthetic.metamorphic.spellings import SPELLINGS, Site, Spelling
from synthetic.metamorphic.unity_facts import Row, unity_facts
from synthetic.resource import Resource
from synthetic.writers.unity import Quirks, unity_rows


class Pair(NamedTuple):
    """Two charts that mean the same, resource by resource."""

    plain: Chart
    other: Chart
    spelling: Spelling
    site: Site

    @property
    def differences(self) -> list[tuple[str, Difference]]:
        """Where they do not mean the same, with the reference of the resource; empty for a pair as it was made."""
        reading = self.spelling.reading(self.site)
        return [
            (left.reference, difference)
            for left, right in zip(self.plain.resources, self.other.resources, strict=True)
            for difference in same_meaning(left.body, right.body, reading)
        ]


def site_of(directory: Directory, base: str = Site.base) -> Site:
    """A site whose shared resources are those of a directory."""

    def find(resource_type: str, resource_id: str) -> Json | None:
        found = directory.find(resource_type, resource_id)
        return None if found is None else found.body

    return Site(base, find)


def respell(resource: Resource, spelling: Spelling, site: Site) -> Resource:
    """A resource in another spelling, the same bytes when there is nothing to respell."""
    before = resource.body
    after = spelling.respell(before, site)
    return resource if after == before and list(after) == list(before) else resource._replace(json=dumps(after))


def pair(chart: Chart, name: str, site: Site) -> Pair:
    """A chart and its respelling. Raises KeyError for a name that is not one of `SPELLINGS`."""
    spelling = SPELLINGS[name]
    others = tuple(respell(resource, spelling, site) for resource in chart.resources)
    return Pair(chart, Chart(chart.index, chart.mrn, others), spelling, site)


class UnityPair(NamedTuple):
    """The same chart in two vendors' shapes: FHIR resources in Epic's dress, and Unity's rows by result key."""

    chart: Chart
    epic: tuple[Json, ...]
    unity: Mapping[str, Sequence[Row]]
    site: Site

    @property
    def differences(self) -> list[Difference]:
        """Where they differ in what both can carry; empty for a pair as it was made."""
        return fact_differences(fhir_facts(self.epic, self.site.find), unity_facts(self.unity))


def unity_pair(chart: Chart, directory: Directory, quirks: Quirks | None = None) -> UnityPair:
    """A chart as Epic and as Unity show it, with all of Unity's habits unless told otherwise.

    The resources have to be valid R4 one by one (`synthetic.edge_cases.inspection` says so).
    """
    dressed = tuple(epic.dress(resource.body) for resource in chart.resources)
    return UnityPair(chart, dressed, unity_rows(chart, directory, quirks), site_of(directory))
