"""Elements of a resource by path, in the manner of FHIRPath: `name[0].given[1]`, `_birthDate.extension[0].url`."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

Json = dict[str, Any]
_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]")


def steps(path: str) -> list[str | int]:
    """The names and positions of a path. Raises ValueError for what is none."""
    found: list[str | int] = [name or int(position) for name, position in _STEP.findall(path)]
    if not found or written(found) != path:
        raise ValueError(f"{path!r} is not a path such as name[0].given[1]")
    return found


def written(found: list[str | int]) -> str:
    """Steps as a path."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in found).removeprefix(".")


def value_at(body: Json, path: str) -> Any:
    """What stands at a path; None when nothing does, which no FHIR element can say."""
    value: Any = body
    for step in steps(path):
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return None
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def put(body: Json, path: str, value: Any) -> None:
    """Set what stands at a path, in place, making objects and lists on the way; None removes.

    A position right behind the end of a list appends. Raises IndexError for one further out.
    """
    *way, last = steps(path)
    if value is None:
        drop(value_at(body, written(way)) if way else body, last)
        return
    holder: Any = body
    for step, following in pairwise(steps(path)):
        holder = entered(holder, step, [] if isinstance(following, int) else {})
    entered(holder, last, value)
    holder[last] = value


def entered(holder: Any, step: str | int, default: Any) -> Any:
    """What a step leads to, `default` put there when there is nothing."""
    if isinstance(step, int):
        if step == len(holder):
            holder.append(default)
        return holder[step]
    return holder.setdefault(step, default)


def drop(holder: Any, step: str | int) -> None:
    """Remove what a step leads to, if anything."""
    if isinstance(step, str) and isinstance(holder, dict):
        holder.pop(step, None)
    elif isinstance(step, int) and isinstance(holder, list) and step < len(holder):
        del holder[step]


def end(body: Json, name: str) -> str:
    """The path behind the last item of a list, where the next one goes."""
    return f"{name}[{len(body.get(name, ()))}]"
