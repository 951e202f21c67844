"""Allscripts Unity's view of a chart: rows of strings, as its actions answer them."""

from __future__ import annotations

from collections.abc import Sequence

from synthetic.chart import Chart
from synthetic.directory import Directory
from synthetic.json_template import minified
from synthetic.writers.record import record_of
from synthetic.writers.unity_clinical import summary_rows
from synthetic.writers.unity_people import patient_rows, provider_rows
from synthetic.writers.unity_quirks import TIDY, Quirks, Row
from synthetic.writers.unity_schedule import order_rows, schedule_rows

_KEYS = ("getpatientinfo", "getscheduleinfo", "getclinicalsummaryinfo", "getordersinfo", "getprovidersinfo")
__all__ = ["TIDY", "Quirks", "Row", "unity_answer", "unity_document", "unity_rows"]


def unity_rows(chart: Chart, directory: Directory, quirks: Quirks | None = None) -> dict[str, list[Row]]:
    """The rows of a chart by result key, every value a string; all quirks unless told otherwise.

    Columns are those that public client libraries show. A pure function: with `TIDY` it gives the same facts unspoilt.
    For charts whose resources are valid R4 one by one (an empty one has no rows); `synthetic.writers.unity_coverage`
    says which of their elements no row carries.
    """
    if not chart.resources:
        return {key: [] for key in _KEYS}
    record, habits = record_of(chart, directory), quirks or Quirks()
    return {
        "getpatientinfo": patient_rows(record, habits),
        "getscheduleinfo": schedule_rows(record, habits),
        "getclinicalsummaryinfo": summary_rows(record, habits),
        "getordersinfo": order_rows(record, habits),
        "getprovidersinfo": provider_rows(record, habits),
    }


def unity_answer(key: str, rows: Sequence[Row]) -> bytes:
    """The body of one answer: an array of one object with one key, whose value is the rows."""
    return minified([{key: list(rows)}]).encode()


def unity_document(chart: Chart, directory: Directory, quirks: Quirks | None = None) -> bytes:
    """All answers about a chart in one array, an object for each action."""
    return minified([{key: rows} for key, rows in unity_rows(chart, directory, quirks).items()]).encode()
