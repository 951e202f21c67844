"""`gauntlet generate`: synthetic charts as files, complete or not at all."""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TimeRemainingColumn

from gauntlet.commands.chart_formats import FORMATS, ChartFormat
from gauntlet.commands.unfinished import PART, Unfinished, complete
from gauntlet.console import say
from gauntlet.errors import UsageError, closest
from gauntlet.seed import DEFAULT_SEED
from synthetic.edge_cases.injection import EdgePopulation, with_edge_cases
from synthetic.edge_cases.truth_file import truth_lines
from synthetic.population import Population
from synthetic.writers.ndjson import chart_lines

_NOTE = ".gauntlet-generate.json"  # in a folder: what it holds, so that a run can go on and another one can't mix in


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
        if self.cases and not self.edge_cases:
            raise UsageError(
                "--case without any chart to carry it", hint="leave out --edge-cases 0, or raise the share"
            )

    @property
    def layout(self) -> ChartFormat:
        """How charts are written."""
        return FORMATS[self.format]

    def cohort(self) -> Population | EdgePopulation:
        """The charts. Raises UsageError for a size, share or case that does not exist."""
        try:
            population = Population(self.seed, self.patients)
            if not self.edge_cases:
                return population
            return with_edge_cases(population, self.edge_cases, self.cases or None, seed=self.seed)
        except ValueError as error:
            hint = "`gauntlet catalog edge-cases` lists the cases, `gauntlet generate --help` the options"
            raise UsageError(str(error), hint=hint) from None


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
    beside, as NAME.truth.ndjson. The same command completes what an interrupted run began. Raises UsageError for what
    does not exist, a place that cannot be written or holds something else, and an interruption; nothing half-written
    has its final name.
    """
    share = edge_cases if edge_cases is not None else float(bool(cases))
    order = Order(layout, DEFAULT_SEED if seed is None else seed, patients, share, cases)
    cohort = order.cohort()
    bar = _bar(stderr)
    try:
        with bar:
            (_write_file if order.layout.one_file else _write_folder)(order, cohort, destination, bar)
    except OSError as error:
        raise UsageError(f"cannot write {destination}: {error.strerror or error}", hint=_way_out(error)) from None
    except KeyboardInterrupt:
        raise UsageError(
            f"interrupted; {destination} is not complete", hint="the same command goes on where it stopped"
        ) from None
    say(stderr, f"wrote {patients} charts to {destination}")
    if share:
        say(stderr, f"what was injected: {_truth_of(destination, order)}")


def _way_out(error: OSError) -> str:
    """What helps when a place cannot be written."""
    if error.errno == errno.ENOENT:
        return "make its folder first, or choose another place"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "choose a place that you may write to"
    return "make room there and repeat the command, which goes on where it stopped, or choose another place"


def _bar(stderr: Console) -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TaskProgressColumn(show_speed=True), TimeRemainingColumn())
    return Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal)


def _write_file(order: Order, cohort: Population | EdgePopulation, destination: Path, bar: Progress) -> None:
    if destination.exists() and not destination.is_file():
        raise UsageError(f"{destination} is no file", hint=f"format {order.format!r} writes one file: give its name")
    layout, directory = order.layout, cohort.directory()
    truth = [_truth_of(destination, order)] if isinstance(cohort, EdgePopulation) else []
    files = Unfinished((*truth, destination), _noted(order, cohort))
    with files.going_on() as (*truth_out, out):
        if not files.charts:
            out.write(layout.head())
        left = range(files.charts, order.patients)
        for index in bar.track(left, total=order.patients, completed=files.charts):
            chart = cohort.chart(index)
            data, count = layout.chart(chart, directory)
            out.write(data)
            for lines in truth_out:
                lines.write(b"".join(truth_lines(chart, layout.coverage)))
            files.passed(count)
        out.write(layout.end(files.count))


def _write_folder(order: Order, cohort: Population | EdgePopulation, folder: Path, bar: Progress) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", hint=f"format {order.format!r} writes a folder: give a new name")
    _claim(order, cohort, folder)
    if isinstance(cohort, EdgePopulation):
        with complete(_truth_of(folder, order)) as truth:
            _write_charts(order, cohort, folder, bar, truth)
    else:
        _write_charts(order, cohort, folder, bar)


def _write_charts(
    order: Order, cohort: Population | EdgePopulation, folder: Path, bar: Progress, truth: BinaryIO | None = None
) -> None:
    directory = cohort.directory()
    resource_id = directory.assembly.hospital.identity.resource_id
    for index in bar.track(range(order.patients), total=order.patients):
        path = folder / f"{resource_id('Patient', index)}.json"
        told = isinstance(cohort, EdgePopulation) and cohort.case(index) is not None
        if told or not _is_complete(path):
            chart = cohort.chart(index)
            if truth is not None:
                truth.write(b"".join(truth_lines(chart, order.layout.coverage)))
            if not _is_complete(path):
                with complete(path) as out:
                    out.write(order.layout.chart(chart, directory)[0])


def _noted(order: Order, cohort: Population | EdgePopulation) -> dict[str, Any]:
    """What equal bytes need to be equal in."""
    return {**asdict(order), "cases": list(order.cases), "first_chart": _fingerprint(cohort)}


def _claim(order: Order, cohort: Population | EdgePopulation, folder: Path) -> None:
    """Make the folder ours, or find that it is: raises UsageError when it holds anything but a part of this order."""
    note = _noted(order, cohort)
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob(f".*{PART}"):  # of a run that was killed
        left_over.unlink()
    if (folder / _NOTE).exists():
        _compare(folder, note)
    elif any(folder.iterdir()):
        raise UsageError(f"{folder} holds other files", hint="choose a new or empty folder")
    else:
        with complete(folder / _NOTE) as out:
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


def _truth_of(destination: Path, order: Order) -> Path:
    name = destination.stem if order.layout.one_file else destination.name
    return destination.with_name(f"{name}.truth.ndjson")
