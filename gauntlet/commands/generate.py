"""`gauntlet generate`: synthetic charts as files, complete or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TimeRemainingColumn

from gauntlet.errors import UsageError, closest
from gauntlet.run import DEFAULT_SEED
from synthetic.chart import Chart
from synthetic.directory import Directory
from synthetic.edge_cases.injection import EdgePopulation, with_edge_cases
from synthetic.edge_cases.truth_file import write_truth
from synthetic.population import Population
from synthetic.writers.bundle import collection_bundle, transaction_bundle
from synthetic.writers.hl7v2 import write_batch
from synthetic.writers.ndjson import chart_lines, write_ndjson
from synthetic.writers.unity import unity_document

FORMATS = ("ndjson", "transaction", "collection", "hl7v2", "unity")
_WITH_EDGE_CASES = ("ndjson", "transaction", "collection")
_INTO_FILE: Mapping[str, Callable[[Population | EdgePopulation, Iterable[int], BinaryIO], int]] = MappingProxyType(
    {"ndjson": write_ndjson, "hl7v2": write_batch}
)
_CHART_AS: Mapping[str, Callable[[Chart, Directory], bytes]] = MappingProxyType(
    {
        "transaction": lambda chart, _: transaction_bundle(chart),
        "collection": lambda chart, _: collection_bundle(chart),
        "unity": unity_document,
    }
)
_NOTE = ".gauntlet-generate.json"  # in a folder: what it holds, so that a run can go on and another one can't mix in
_PART = ".part"


@dataclass(frozen=True)
class Order:
    """What to write; equal orders give equal bytes. `edge_cases` is a share, `cases` are names (none: all cases)."""

    format: str
    seed: int
    patients: int
    edge_cases: float = 0.0
    cases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise UsageError(
                f"unknown format {self.format!r}{closest(self.format, FORMATS)}",
                hint=f"there are {', '.join(FORMATS)}",
            )
        if self.edge_cases and self.format not in _WITH_EDGE_CASES:
            raise UsageError(
                f"format {self.format!r} cannot carry edge cases: they are cases of FHIR resources",
                hint=f"formats with edge cases are {', '.join(_WITH_EDGE_CASES)}",
            )
        if self.cases and not self.edge_cases:
            raise UsageError(
                "--case without any chart to carry it", hint="leave out --edge-cases 0, or raise the share"
            )

    def cohort(self) -> Population | EdgePopulation:
        """The charts. Raises UsageError for a size, share or case that does not exist."""
        try:
            population = Population(self.seed, self.patients)
            if not self.edge_cases:
                return population
            return with_edge_cases(population, self.edge_cases, self.cases or None, seed=self.seed)
        except ValueError as error:
            raise UsageError(str(error), hint="`gauntlet generate --help` shows what is valid") from None


def generate_charts(
    destination: Path,
    *,
    patients: int,
    seed: int | None,
    layout: str,
    stderr: Console,
    edge_cases: float | None = None,
    cases: tuple[str, ...] = (),
) -> None:
    """Write `patients` charts: one file (ndjson, hl7v2), or a file a chart into the folder `destination`.

    `edge_cases` is the share of charts that carry one (all when only `cases` are named); what was injected is written
    beside, as NAME.truth.ndjson. A folder that holds a part of the same charts is completed. Raises UsageError for what
    does not exist, a place that cannot be written or holds something else, and an interruption; nothing half-written
    keeps its final name.
    """
    share = edge_cases if edge_cases is not None else float(bool(cases))
    order = Order(layout, DEFAULT_SEED if seed is None else seed, patients, share, cases)
    cohort = order.cohort()
    bar = _bar(stderr)
    try:
        with bar:
            (_write_file if layout in _INTO_FILE else _write_folder)(order, cohort, destination, bar)
    except OSError as error:
        raise UsageError(
            f"cannot write {destination}: {error.strerror or error}", hint="choose another place or make room there"
        ) from None
    except KeyboardInterrupt:
        into_folder = layout not in _INTO_FILE
        raise UsageError(
            f"interrupted; {destination} {'is not complete' if into_folder else 'was not written'}",
            hint="the same command goes on where it stopped" if into_folder else "run the same command again",
        ) from None
    stderr.print(f"wrote {patients} charts to {destination}", markup=False, highlight=False, soft_wrap=True)
    if share:
        stderr.print(
            f"what was injected: {_truth_of(destination, layout)}", markup=False, highlight=False, soft_wrap=True
        )


def _bar(stderr: Console) -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TaskProgressColumn(show_speed=True), TimeRemainingColumn())
    return Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal)


def _write_file(order: Order, cohort: Population | EdgePopulation, destination: Path, bar: Progress) -> None:
    if destination.exists() and not destination.is_file():
        raise UsageError(f"{destination} is no file", hint=f"format {order.format!r} writes one file: give its name")
    with _complete(destination) as out:
        indices = bar.track(range(order.patients), total=order.patients)
        _INTO_FILE[order.format](cohort, indices, out)
        if isinstance(cohort, EdgePopulation):
            _write_truth(order, cohort, destination)


def _write_folder(order: Order, cohort: Population | EdgePopulation, folder: Path, bar: Progress) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", hint=f"format {order.format!r} writes a folder: give a new name")
    _claim(order, cohort, folder)
    directory, write = cohort.directory(), _CHART_AS[order.format]
    resource_id = directory.assembly.hospital.identity.resource_id
    for index in bar.track(range(order.patients), total=order.patients):
        path = folder / f"{resource_id('Patient', index)}.json"
        if not _is_complete(path):
            with _complete(path) as out:
                out.write(write(cohort.chart(index), directory))
    if isinstance(cohort, EdgePopulation):
        _write_truth(order, cohort, folder)


def _claim(order: Order, cohort: Population | EdgePopulation, folder: Path) -> None:
    """Make the folder ours, or find that it is: raises UsageError when it holds anything but a part of this order."""
    note = {**asdict(order), "cases": list(order.cases), "first_chart": _fingerprint(cohort)}
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob(f".*{_PART}"):  # of a run that was killed
        left_over.unlink()
    if (folder / _NOTE).exists():
        _compare(folder, note)
    elif any(folder.iterdir()):
        raise UsageError(f"{folder} holds other files", hint="choose a new or empty folder")
    else:
        with _complete(folder / _NOTE) as out:
            out.write(json.dumps(note, indent=2).encode() + b"\n")


def _compare(folder: Path, wanted: Mapping[str, object]) -> None:
    try:
        held = dict(json.loads((folder / _NOTE).read_bytes()))
    except (ValueError, TypeError):
        raise UsageError(f"{folder / _NOTE} cannot be read", hint="choose a new or empty folder") from None
    differences = [
        f"{key} {held.get(key)} in place of {value}" for key, value in wanted.items() if held.get(key) != value
    ]
    told = [text for text in differences if not text.startswith("first_chart")]
    if differences:
        raise UsageError(
            f"{folder} holds other charts: {', '.join(told) or 'those of another version of Gauntlet'}",
            hint="choose a new or empty folder, or repeat the command that began this one",
        )


def _fingerprint(cohort: Population | EdgePopulation) -> str:
    """Tells charts of one version of the generator from those of another."""
    return blake2b(chart_lines(cohort.chart(0)), digest_size=8).hexdigest()


def _is_complete(path: Path) -> bool:
    """Whether a chart is there; a file without content is what a power failure leaves of one."""
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _write_truth(order: Order, cohort: EdgePopulation, destination: Path) -> None:
    with _complete(_truth_of(destination, order.format)) as out:
        write_truth(cohort, range(order.patients), out)


def _truth_of(destination: Path, layout: str) -> Path:
    name = destination.stem if layout in _INTO_FILE else destination.name
    return destination.with_name(f"{name}.truth.ndjson")


@contextmanager
def _complete(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when all of it is written; otherwise nothing remains."""
    part = path.with_name(f".{path.name}-{os.getpid()}{_PART}")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
