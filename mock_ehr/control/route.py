"""The table of the control API: which request goes where, and what it takes and gives.

The same table routes requests, checks them, and becomes the OpenAPI description.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mock_ehr.behaviours import closest
from mock_ehr.control.refusal import RefusedError, listed
from mock_ehr.control.shape import ANYTHING, Schema

if TYPE_CHECKING:
    from mock_ehr.control.console import Console


@dataclass(frozen=True, slots=True)
class Call:
    """One control request: the variable parts of its path, its query by name, its JSON body, and the body as sent."""

    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any = None
    raw: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[["Console", Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One row. `path` holds variables in braces.

    `handler` returns what becomes the JSON answer, or an awaitable of it, or an `Answer` of another kind.
    `body` None: the request takes none. `body_optional`: it may be left out. `open`: works without the secret.
    `media`: what the body is when it is not application/json.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Handler
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    body_optional: bool = False
    gives: Schema = field(default_factory=lambda: ANYTHING)
    gives_media: str = "application/json"
    media: tuple[str, ...] = ("application/json",)
    exact: bool = False  # the body is a FHIR resource: decimals are kept as written
    open: bool = False

    @property
    def segments(self) -> tuple[str, ...]:
        """Return the parts of the path."""
        return tuple(self.path.split("/")[1:])

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the variable parts."""
        return tuple(part[1:-1] for part in self.segments if part.startswith("{"))


class Table:
    """The routes, found by method and path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        keys = [(route.method, route.path) for route in self.routes]
        if len(set(keys)) != len(keys):
            raise ValueError("two routes with the same method and path")

    def find(self, method: str, segments: tuple[str, ...]) -> tuple[Route, Mapping[str, str]]:
        """Return the route of a request and the variable parts of its path. Raises RefusedError: 404 or 405."""
        fitting = [route for route in self.routes if fits(route, segments)]
        if not fitting:
            raise self._unknown(method, segments)
        # fixed parts win over variables: /tokens/expire is no token called "expire"
        best = max(sum(not part.startswith("{") for part in route.segments) for route in fitting)
        fitting = [route for route in fitting if sum(not part.startswith("{") for part in route.segments) == best]
        for route in fitting:
            if route.method == method:
                pairs = zip(route.segments, segments, strict=True)
                return route, {part[1:-1]: value for part, value in pairs if part.startswith("{")}
        methods = ", ".join(sorted({route.method for route in fitting}))
        raise RefusedError(
            405,
            f"no {method} {fitting[0].path}",
            f"valid: {methods}{self._below(segments)}",
            (("Allow", methods),),
        )

    def _below(self, segments: tuple[str, ...]) -> str:
        longer = [
            f"{route.method} {route.path}"
            for route in self.routes
            if route.segments[: len(segments)] == segments and len(route.segments) > len(segments)
        ]
        return f"; also {listed(longer)}" if longer else ""

    def _unknown(self, method: str, segments: tuple[str, ...]) -> RefusedError:
        asked = "/" + "/".join(segments)
        same = [f"{route.method} {route.path}" for route in self.routes if route.segments[0] == segments[0]]
        paths = tuple(dict.fromkeys(route.path for route in self.routes))
        near = closest(asked, paths) or closest(f"/{segments[0]}", paths)
        return RefusedError(
            404, f"no {method} {asked}{near}", f"valid: {listed(same or list(paths))}; GET /openapi.json describes all"
        )


def fits(route: Route, segments: tuple[str, ...]) -> bool:
    """Return whether a path has the parts of the route's; a variable part is never empty."""
    parts = route.segments
    return len(parts) == len(segments) and all(
        bool(given) if part.startswith("{") else part == given for part, given in zip(parts, segments, strict=True)
    )
