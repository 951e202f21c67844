"""What a check executes, by kinds: controls, mutations, faults, vantage points asked, assertions.

Noted by what checks are made of (`gauntlet.negative`, `gauntlet.ehr`, `gauntlet.expect`, ...) and kept with the result.
Only kinds are kept, in the order in which each was first seen, so that neither seed nor timing changes the list;
what threads of a check do is not noted, for their order is nobody's.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Place = tuple[str, int]  # file and line

CONTROL = "control"
MUTATION = "mutation"


class Steps:
    """The steps of one check so far."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._places: dict[str, set[Place]] = {}

    def note(self, kind: str) -> None:
        """Note a step; how often it was taken is kept for controls and mutations alone, which a check fixes itself."""
        counted = kind.startswith((CONTROL, MUTATION))
        self._counts[kind] = self._counts.get(kind, 0) + 1 if counted else 1

    def note_place(self, kind: str, place: Place) -> None:
        """Note a step by where in the code it was asked for, once a place."""
        places = self._places.setdefault(kind, set())
        places.add(place)
        self._counts[kind] = len(places)

    def told(self) -> list[str]:
        """Return the kinds in order of their first time, with their number where it is more than one."""
        return [kind if count == 1 else f"{kind} x{count}" for kind, count in self._counts.items()]


_CURRENT: ContextVar[Steps | None] = ContextVar("steps of the check that runs", default=None)


def begin() -> Steps:
    """Return new steps, which what is called from here on notes in."""
    steps = Steps()
    _CURRENT.set(steps)
    return steps


def step(kind: str) -> None:
    """Note a step of the check that runs, if one does."""
    if (steps := _CURRENT.get()) is not None:
        steps.note(kind)


def judging(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Decorate an assertion: its calls are steps, but not those from the module that it is in."""

    @functools.wraps(function)
    def noted(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        steps, caller = _CURRENT.get(), sys._getframe(1)  # cheap, where a stack of frames is not
        if steps is not None and caller.f_globals.get("__name__") != function.__module__:
            steps.note_place(f"expects {function.__name__}", (caller.f_code.co_filename, caller.f_lineno))
        return function(*args, **kwargs)

    return noted
