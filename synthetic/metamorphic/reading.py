"""What a judge has to know to read a resource: whose references, which dialect, where to look things up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Find = Callable[[str, str], Json | None]


def nowhere(_resource_type: str, _resource_id: str) -> Json | None:
    """A directory without entries."""
    return None


def as_it_is(resource: Json) -> Json:
    """The canonical dialect."""
    return resource


@dataclass(frozen=True)
class Reading:
    """How to read two resources."""

    bases: tuple[str, ...] = ()  # addresses that an absolute reference may begin with, without a slash at the end
    find: Find = nowhere  # the resource a relative reference leads to, to compare it with a contained one
    undress: Callable[[Json], Json] = as_it_is  # from a vendor's dialect to the canonical one, as a new resource

    def relative(self, reference: str) -> str:
        """A reference without the address of a server that is ours."""
        for start in self.bases:
            if reference.startswith(start + "/"):
                return reference[len(start) + 1 :]
        return reference
