"""A load run as it goes, for a terminal: what consumers wanted and got, how long it took, and the EHR's side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text


def load_view(event: Mapping[str, Any]) -> Table:
    """Return the block of lines that stands below the bar; `event` is a `load-progress`."""
    progress, ehr, fault = event["progress"], event.get("ehr"), event["fault"]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("consumers", _consumers(progress))
    grid.add_row("latency", _latency(progress))
    if ehr is not None:
        throttled = (f"{ehr['throttled']:,} refused with 429", "yellow" if ehr["throttled"] else "")
        grid.add_row("at the EHR", Text.assemble(f"{ehr['per_s']:.0f}/s, {ehr['at_once']} under way, ", throttled))
    grid.add_row("generator", f"late by {progress['lag_p99_ms']:.1f} ms at p99")
    if fault:
        grid.add_row("fault", Text(f"{fault} in force", "bold red"))
    return grid


def headline(event: Mapping[str, Any]) -> str:
    """Return what is being done, in a few words."""
    progress = event["progress"]
    return f"load {event['profile']}, second {progress['elapsed_s']:.0f} of {progress['duration_s']:.0f}"


def _consumers(progress: Mapping[str, Any]) -> Text:
    wrong = progress["wrong_patient"]
    return Text.assemble(
        f"{progress['wanted_per_s']:.0f}/s wanted, {progress['answered_per_s']:.0f}/s answered, ",
        f"{progress['outstanding']:,} waiting, ",
        (f"{progress['errors']:,} errors", "bold red" if progress["errors"] else ""),
        ", ",
        (f"{wrong:,} wrong patients", "bold red" if wrong else ""),
    )


def _latency(progress: Mapping[str, Any]) -> str:
    now, whole = (
        ", ".join(f"{name} {progress[f'{name}{suffix}']:.0f}" for name in ("p50", "p95", "p99"))
        for suffix in ("_lately_ms", "_ms")
    )
    return f"{now} ms now; {whole} ms since the start"
