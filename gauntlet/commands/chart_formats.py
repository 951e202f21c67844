"""The formats of `gauntlet generate`: how a chart is written in each, and what stands before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from synthetic.chart import Chart
from synthetic.directory import Directory
from synthetic.edge_cases.telling import tellable
from synthetic.writers.bundle import collection_bundle, transaction_bundle
from synthetic.writers.coverage import Coverage
from synthetic.writers.hl7v2 import batch_end, batch_head, messages
from synthetic.writers.hl7v2_coverage import HL7V2
from synthetic.writers.ndjson import chart_lines
from synthetic.writers.unity import unity_document
from synthetic.writers.unity_coverage import UNITY

Written = tuple[bytes, int]  # the bytes of a chart, and how many things of the format's own they are


class ChartFormat(NamedTuple):
    """A format: all charts in one file, or a file a chart; `coverage` says what a format other than JSON loses."""

    chart: Callable[[Chart, Directory], Written]
    one_file: bool
    head: Callable[[], bytes] = bytes
    end: Callable[[int], bytes] = lambda _count: b""
    coverage: Coverage | None = None


def _messages(chart: Chart, directory: Directory) -> Written:
    told = messages(tellable(chart).chart, directory)
    return b"".join(message.data for message in told), len(told)


FORMATS: Mapping[str, ChartFormat] = MappingProxyType(
    {
        "ndjson": ChartFormat(lambda chart, _: (chart_lines(chart), chart.count), one_file=True),
        "transaction": ChartFormat(lambda chart, _: (transaction_bundle(chart), 1), one_file=False),
        "collection": ChartFormat(lambda chart, _: (collection_bundle(chart), 1), one_file=False),
        "hl7v2": ChartFormat(_messages, one_file=True, head=batch_head, end=batch_end, coverage=HL7V2),
        "unity": ChartFormat(
            lambda chart, directory: (unity_document(tellable(chart).chart, directory), 1),
            one_file=False,
            coverage=UNITY,
        ),
    }
)
