"""`gauntlet generate`: synthetic charts as files, complete or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.progress import track

from gauntlet.errors import UsageError, closest
from gauntlet.run import DEFAULT_SEED
from synthetic.population import Population
from synthetic.writers.bundle import collection_bundle, transaction_bundle
from synthetic.writers.ndjson import write_ndjson

FORMATS = ("ndjson", "transaction", "collection")


def generate_charts(destination: Path, *, patients: int, seed: int | None, layout: str, stderr: Console) -> None:
    """Write `patients` charts: one NDJSON file, or one bundle a chart into the folder `destination`.

    Raises UsageError for an unknown format or a place that cannot be written; nothing half-written keeps its final
    name.
    """
    if layout not in FORMATS:
        raise UsageError(f"unknown format {layout!r}{closest(layout, FORMATS)}", hint=f"there are {', '.join(FORMATS)}")
    population = Population(DEFAULT_SEED if seed is None else seed, patients)
    indices = track(range(patients), "charts", console=stderr, transient=True, disable=not stderr.is_terminal)
    try:
        if layout == "ndjson":
            _ndjson(population, indices, destination)
        else:
            _bundles(population, indices, destination, layout)
    except OSError as error:
        raise UsageError(
            f"cannot write {destination}: {error.strerror or error}",
            hint="choose another place or make room there",
        ) from None
    stderr.print(f"wrote {patients} charts to {destination}", highlight=False, soft_wrap=True)


def _ndjson(population: Population, indices: Iterable[int], destination: Path) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{destination.name}-", dir=destination.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write_ndjson(population, indices, file)
        Path(name).replace(destination)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _bundles(population: Population, indices: Iterable[int], folder: Path, layout: str) -> None:
    write = transaction_bundle if layout == "transaction" else collection_bundle
    folder.mkdir(parents=True, exist_ok=True)
    for index in indices:
        chart = population.chart(index)
        part = folder / f".{chart.id}.part"
        try:
            part.write_bytes(write(chart))
            part.replace(folder / f"{chart.id}.json")
        except BaseException:
            part.unlink(missing_ok=True)
            raise
