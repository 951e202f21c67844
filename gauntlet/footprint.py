"""Memory and open files of the gateway while it works, from its metrics or, when we started it, from the system."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gauntlet import launch
from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.lab import Lab
from gauntlet.observe.metrics import MetricsReader

EVERY_S = 0.25
MEMORY, FILES = "process_resident_memory_bytes", "process_open_fds"  # Prometheus: standard process metrics
_PAGE = 4096


@dataclass(frozen=True, slots=True)
class Footprint:
    """Resident memory in bytes and open descriptors at a moment (epoch seconds)."""

    at: float
    memory: float
    descriptors: float


@dataclass
class Watch:
    """Takes footprints until the load ends."""

    read: Callable[[], Footprint]
    taken: list[Footprint] = field(default_factory=list)

    def carry_out(self, ended: Callable[[], bool]) -> None:
        """Take one footprint after another. Raises Inconclusive when none can be had."""
        while not ended():
            self.taken.append(self.read())
            time.sleep(EVERY_S)


def reader(lab: Lab) -> Callable[[], Footprint]:
    """Return what takes a footprint of the lab's gateway: by its metrics if they tell, else by its process."""
    metrics = MetricsReader.of(lab)
    if metrics.url is not None and _from_metrics(metrics) is not None:
        return lambda: _from_metrics(metrics) or _from_process(lab)
    return lambda: _from_process(lab)


def _from_metrics(metrics: MetricsReader) -> Footprint | None:
    try:
        samples = metrics.samples()
    except CheckFailed:
        return None
    if MEMORY not in samples:
        return None
    return Footprint(time.time(), samples[MEMORY], samples.get(FILES, 0.0))


def _from_process(lab: Lab) -> Footprint:
    """Add up the processes of the gateway's group, so that a shell or a supervisor around it does not matter."""
    gateway = lab.process(launch.ROLE)
    if gateway is None:
        raise Inconclusive("the gateway's memory cannot be seen: no process metrics, and it was not started here")
    memory = descriptors = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            group = int(folder.joinpath("stat").read_text().rpartition(")")[2].split()[2])
            if group == gateway.pid:
                memory += int(folder.joinpath("statm").read_text().split()[1]) * _PAGE
                descriptors += len(list(folder.joinpath("fd").iterdir()))
        except (OSError, ValueError, IndexError):
            continue
    if not memory:
        raise Inconclusive("the gateway's memory cannot be seen on this system")
    return Footprint(time.time(), memory, descriptors)


def quarter(values: Sequence[float], number: int) -> float:
    """Return the median of a quarter (1 to 4) of `values`. Raises Inconclusive when there are too few."""
    size = len(values) // 4
    if size < 2:
        raise Inconclusive(f"only {len(values)} samples were taken: too few to see a drift")
    return statistics.median(values[(number - 1) * size : number * size])
