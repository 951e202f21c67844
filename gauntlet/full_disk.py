"""A full disk for one process: its files cannot grow, while everybody else's can.

The kernel's limit on the size of files (RLIMIT_FSIZE) is lowered to what a file has now, for every process of the
gateway's session; each append beyond it fails as it would on a full disk. Linux only.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gauntlet.errors import Inconclusive

PROC = Path("/proc")


def session_of(pid: int, proc: Path = PROC) -> list[int]:
    """Return the ids of all processes in the session that `pid` leads, itself included."""
    members = []
    for status in proc.glob("[0-9]*/stat"):
        try:
            after_name = status.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(after_name[3]) == pid:
            members.append(int(status.parent.name))
    return sorted(members)


@contextmanager
def full_disk(pid: int, file: Path | None) -> Iterator[None]:
    """Let no file of the session led by `pid` grow beyond the present size of `file`, for the length of the block.

    None: no file can be written at all.

    Raises Inconclusive where the system has no such limit or refuses it.
    """
    if not hasattr(resource, "prlimit"):
        raise Inconclusive("a full disk can be had on Linux only (prlimit)")
    members = session_of(pid)
    if not members:
        raise Inconclusive(f"process {pid} is gone: there is nobody to run out of disk")
    before: dict[int, int] = {}
    size = 0 if file is None else file.stat().st_size
    try:
        for member in members:
            before[member] = _limit(member, size)
        yield
    finally:
        for member, soft in before.items():
            try:
                _limit(member, soft)
            except Inconclusive:
                continue  # it ended meanwhile


def _limit(pid: int, soft: int) -> int:
    """Set the soft limit and return the one before. Raises Inconclusive when that is refused."""
    try:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        before, _ = resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
    except OSError as error:
        raise Inconclusive(f"the size of process {pid}'s files cannot be limited: {error}") from None
    return before
