"""Whether this machine was busy with work that is not ours: then slowness says nothing about the gateway.

Generator, mock EHR, network and usually the gateway share one machine. The processor time of our own processes is
theirs and the gateway's; what the rest of the machine used beyond that, or the hypervisor took, was taken from us.
Linux only; elsewhere nothing is known, and nothing is excused.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

BUSY_SHARE = 0.2  # of all processors, while next to nothing was idle
_IDLE_SHARE = 0.15
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True, slots=True)
class Work:
    """Processor seconds since the system started: of all processors, idle ones, and those of our processes."""

    total_s: float
    idle_s: float
    ours_s: float


@dataclass(frozen=True, slots=True)
class Crowding:
    """Shares of the machine's processors over a while."""

    foreign: float
    idle: float

    @property
    def excuse(self) -> str:
        """Return why slowness may be the machine's, as a sentence; empty when it is not."""
        if self.foreign < BUSY_SHARE or self.idle > _IDLE_SHARE:
            return ""
        return (
            f"this machine was busy with other work: {self.foreign:.0%} of its processors' time was not ours, and"
            f" {self.idle:.0%} was idle"
        )


def work(groups: Collection[int], proc: Path = Path("/proc")) -> Work | None:
    """Return the work done so far; ours is that of the process groups `groups` and of this process.

    None when the system does not tell.
    """
    try:
        cells = [int(cell) for cell in (proc / "stat").read_text().splitlines()[0].split()[1:9]]
    except (OSError, ValueError, IndexError):
        return None
    own = os.times()
    ours = sum(_of(folder, groups) for folder in proc.glob("[0-9]*")) / _TICKS + own.user + own.system
    return Work(sum(cells) / _TICKS, (cells[3] + cells[4]) / _TICKS, ours)


def _of(folder: Path, groups: Collection[int]) -> int:
    """Return the processor ticks of a process of one of the groups, 0 for any other one."""
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12]) if int(fields[2]) in groups else 0
    except (OSError, ValueError, IndexError):
        return 0


def crowding(before: Work | None, after: Work | None, generator_s: float) -> Crowding | None:
    """Return how crowded the machine was; `generator_s` are the processor seconds of generators that have ended."""
    if before is None or after is None or after.total_s <= before.total_s:
        return None
    total = after.total_s - before.total_s
    idle = (after.idle_s - before.idle_s) / total
    ours = (after.ours_s - before.ours_s + generator_s) / total
    return Crowding(max(0.0, 1 - idle - ours), idle)
