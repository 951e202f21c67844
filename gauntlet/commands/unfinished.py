"""Files on their way: under hidden names until they are complete, with a note from which a later run can go on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from gauntlet.errors import UsageError

PART = ".part"
_EVERY = 100  # charts after which the note is written anew


@contextmanager
def complete(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when all of it is written; otherwise nothing remains."""
    part = path.with_name(f".{path.name}-{os.getpid()}{PART}")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


@dataclass
class Unfinished:
    """Files that grow together, chart by chart. `files` are in the order in which they get their names."""

    files: tuple[Path, ...]
    order: Mapping[str, Any]  # equal orders give equal bytes
    charts: int = 0  # that are in the files
    count: int = 0  # of things of the format's own
    _outs: list[BinaryIO] = field(default_factory=list)
    _sizes: list[int] = field(default_factory=list)  # behind the last whole chart

    @contextmanager
    def going_on(self) -> Iterator[list[BinaryIO]]:
        """The files, as far as an earlier run of the same order brought them; they get their names at the end.

        Raises UsageError when another run is at it. Interrupted, they stay under hidden names with a note.
        """
        with ExitStack() as stack:
            stack.enter_context(self._alone())
            self._outs = [stack.enter_context(self._part(path).open("ab")) for path in self.files]
            self._resume()
            try:
                yield self._outs
            except BaseException:
                with suppress(OSError):
                    self.note()
                if not self._note.exists():
                    self._forget()
                raise
        for path in self.files:
            self._part(path).replace(path)
        self._note.unlink(missing_ok=True)

    def passed(self, count: int) -> None:
        """One more chart is in the files, with so many things of the format's own."""
        self.charts, self.count = self.charts + 1, self.count + count
        self._sizes = [out.tell() for out in self._outs]
        if self.charts % _EVERY == 0:
            self.note()

    def note(self) -> None:
        """Write down how far the files are, once there is a chart in them. Raises OSError when there is no room."""
        for out in self._outs:
            out.flush()
        if not self.charts:
            return
        state = {"order": self.order, "charts": self.charts, "count": self.count, "sizes": self._sizes}
        with complete(self._note) as out:
            out.write(json.dumps(state).encode())

    def _resume(self) -> None:
        """Take over what the note vouches for, and cut off what is behind it."""
        held = self._noted()
        sizes = held.get("sizes", [0] * len(self.files)) if held.get("order") == self.order else [0] * len(self.files)
        if all(out.tell() >= size for out, size in zip(self._outs, sizes, strict=True)) and any(sizes):
            self.charts, self.count, self._sizes = held["charts"], held["count"], sizes
        else:
            sizes = [0] * len(self.files)
            self._note.unlink(missing_ok=True)
        for out, size in zip(self._outs, sizes, strict=True):
            out.truncate(size)
            out.seek(size)

    def _forget(self) -> None:
        """Leave nothing where there is nothing to go on from."""
        for path in self.files:
            with suppress(OSError):
                self._part(path).unlink()

    def _noted(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._note.read_bytes()))
        except (OSError, ValueError, TypeError):
            return {}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep a second run of the same command away, by a lock that ends with the process."""
        with self._part(self.files[-1]).open("ab") as lock:
            if not _locked(lock):
                raise UsageError(
                    f"another run is writing {self.files[-1]}", hint="wait for it, or choose another place"
                )
            yield

    def _part(self, path: Path) -> Path:
        return path.with_name(f".{path.name}{PART}")

    @property
    def _note(self) -> Path:
        return self.files[-1].with_name(f".{self.files[-1].name}{PART}.json")


def _locked(file: BinaryIO) -> bool:
    """Whether a lock was had; on a system without such locks it always is."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
