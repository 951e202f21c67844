"""NDJSON: one resource a line, chart by chart (http://ndjson.org, FHIR Bulk Data)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from synthetic.chart import Chart
from synthetic.writers.cohort import Cohort


def chart_lines(chart: Chart) -> bytes:
    """The resources of one chart, each on its own line, the last line ended too."""
    return chart.lines


def write_ndjson(population: Cohort, indices: Iterable[int], out: BinaryIO) -> int:
    """Write the charts of these indices; returns the number of bytes.

    Raises IndexError for an index out of range.
    """
    written = 0
    for index in indices:
        lines = chart_lines(population.chart(index))
        out.write(lines)
        written += len(lines)
    return written
