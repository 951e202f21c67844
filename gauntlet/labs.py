"""Labs side by side: which check runs in which lab, so that waiting in one does not keep the others from working.

Every lab is a pytest process of its own that collects the same checks in the same order. They draw the next piece of
work from one counter, so that each check runs once, wherever there is time. What must not be disturbed (load profiles)
or must see everything (what consumers were given) is left to the first lab, after the others have ended.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gauntlet.network.launch import URL_VARIABLE
from gauntlet.second_ehr import claim_of
from gauntlet.target import Target

Item = TypeVar("Item")
MOST = 8
WORTH_A_LAB = 12  # pieces of work for which one more lab pays for its start
_PORT = "{gateway.port}"
_OTHERS_ENDED = "other-labs-ended"


def default_labs(cores: int | None = None) -> int:
    """Return how many labs run side by side unless somebody says so: two a core, for checks mostly wait."""
    return max(1, min(MOST, 2 * (cores or len(os.sched_getaffinity(0)))))


def single_lab_because(target: Target, environment: Mapping[str, str]) -> str:
    """Return why checks of `target` run in one lab only, as a sentence; empty when several are possible."""
    return next(_reasons_for_one(target, environment), "")


def _reasons_for_one(target: Target, environment: Mapping[str, str]) -> Iterator[str]:
    file, launch = target.file, target.file.gateway.launch
    if not (target.launched or target.direct):
        yield "the gateway runs already, and there is one of it"
    if file.ehr[0].listen or file.consumer.listen:
        yield "the target file fixes an address of the lab ([[ehr]] listen or [consumer] listen)"
    second = claim_of(target)
    if second is not None and second.listen:
        yield "the target file fixes an address of the lab ([claims.resilience.second_ehr] listen)"
    for address in file.observe.fixed_addresses():
        yield f"the target file fixes an address of the lab ({address})"
    if launch is not None and not launch.side_by_side:
        yield "[gateway.launch] does not say side_by_side = true: two gateways could meet on a port or a file"
    if launch is not None and _PORT not in file.gateway.base_url:
        yield f"the gateway's port is fixed: [gateway] base_url has no {_PORT}"
    if environment.get(URL_VARIABLE, "").strip():
        yield f"{URL_VARIABLE} names one network server for all"


class Turns:
    """Numbers 0, 1, 2, ... of which several processes draw each one once, by a counter in a locked file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def draw(self) -> int:
        """Return the next number."""
        with self._path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # ends with the file, whatever happens to the process
            file.seek(0)
            number = int(file.read() or b"0")
            file.truncate(0)
            file.write(b"%d" % (number + 1))
            return number


def say_others_ended(run_dir: Path) -> None:
    """Tell the first lab that it is the only one left."""
    (run_dir / _OTHERS_ENDED).touch()


def wait_for_others(run_dir: Path, sleep: Callable[[float], None] = time.sleep) -> None:
    """Return when the process above said that the other labs ended; it ends this one when it is gone itself."""
    while not (run_dir / _OTHERS_ENDED).exists():
        sleep(0.05)


def lab_folder(run_dir: Path, number: int) -> Path:
    """Return where lab `number`, from 0, keeps its logs and its gateway's files."""
    return run_dir / f"lab-{number + 1}" if number else run_dir


def pieces(items: Sequence[Item], together: Callable[[Item], str]) -> list[list[Item]]:
    """Return `items` as pieces of work: alone, or with all others of the same non-empty name."""
    found: dict[str | int, list[Item]] = {}
    for index, item in enumerate(items):
        found.setdefault(together(item) or index, []).append(item)
    return list(found.values())


@dataclass(frozen=True)
class Share:
    """What lab `number` of `labs` runs; `blocked` says why its gateway or EHR cannot serve any more checks."""

    number: int
    labs: int
    run_dir: Path
    blocked: Callable[[], str]

    def worth_it(self, shared: Sequence[object]) -> bool:
        """Return whether there is enough to do for this lab, too."""
        return not self.number or len(shared) >= self.number * WORTH_A_LAB

    def of(self, shared: Sequence[Sequence[Item]], last: Iterable[Item]) -> Iterator[Item]:
        """Yield the checks of this lab: its turns of `shared`, and in the first lab `last`, alone on the machine."""
        turns = Turns(self.run_dir / "turns")
        while True:
            if self.labs > 1 and self.blocked():  # the others can still judge what is left
                if self.number:
                    return
                wait_for_others(self.run_dir)
            turn = turns.draw()
            if turn >= len(shared):
                break
            yield from shared[turn]
        if self.number:
            return
        if self.labs > 1:
            wait_for_others(self.run_dir)
        yield from last
