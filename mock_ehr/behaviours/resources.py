"""Walking through the resources of a JSON answer, for the faults that change what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mock_ehr import exact_json
from mock_ehr.message import Answer

Json = dict[str, Any]


def parsed(answer: Answer) -> Json | None:
    """Return the JSON object of the answer, None when it is something else."""
    if answer.body[:1] not in (b"{", b" ", b"\n"):
        return None
    try:
        body = exact_json.loads(answer.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def table(answer: Answer) -> tuple[str, list[Json]] | None:
    """Return key and rows of an answer that is one table (`[{"key": [row, ...]}]`), None when it is something else."""
    if answer.body[:1] != b"[":
        return None
    try:
        body = exact_json.loads(answer.body)
    except ValueError:
        return None
    if len(body) != 1 or not isinstance(body[0], dict) or len(body[0]) != 1:
        return None
    ((key, rows),) = body[0].items()
    return (key, rows) if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) else None


def matches(body: Json) -> list[Json]:
    """Return the entries of a bundle that are matches of the search, not outcomes."""
    entries = body.get("entry", []) if body.get("resourceType") == "Bundle" else []
    return [entry for entry in entries if "resource" in entry and entry.get("search", {}).get("mode") != "outcome"]


def rewritten(answer: Answer, change: Callable[[Json], bool]) -> Answer:
    """Return the answer with `change` applied to each of its resources, or each row of its table.

    The same object when none was changed.
    """
    found = table(answer)
    if found is not None:
        key, rows = found
        touched = [change(row) for row in rows]
        return replace(answer, body=exact_json.dumps([{key: rows}])) if any(touched) else answer
    body = parsed(answer)
    if body is None:
        return answer
    resources = [body]
    if body.get("resourceType") == "Bundle":
        resources = [entry["resource"] for entry in matches(body)]
    changed = [change(resource) for resource in resources]
    return replace(answer, body=exact_json.dumps(body)) if any(changed) else answer


def objects(value: Any) -> Iterator[Json]:
    """Yield each object inside `value`, the outermost first."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def places(resource: Json, path: str) -> list[tuple[Json, str]]:
    """Return each object that holds the last step of the dotted `path`, through all items of lists.

    A path that begins with a resource type concerns that type alone. Rows of a table have no type, and columns that
    may begin with a capital.
    """
    steps = path.split(".")
    if steps[0][:1].isupper() and "resourceType" in resource:
        if steps[0] != resource.get("resourceType"):
            return []
        steps = steps[1:]
    holders: list[Any] = [resource]
    for step in steps[:-1]:
        inner = [holder[step] for holder in holders if isinstance(holder, Mapping) and step in holder]
        holders = [item for value in inner for item in (value if isinstance(value, list) else [value])]
    return [(holder, steps[-1]) for holder in holders if isinstance(holder, dict)] if steps else []
