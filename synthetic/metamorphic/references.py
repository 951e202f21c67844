"""Whether two references mean the same, and what of a resource is only words beside its meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthetic.metamorphic.difference import Difference
from synthetic.metamorphic.reading import Json, Reading

_OF_THE_SERVER = ("versionId", "lastUpdated")
_OF_ITS_PLACE = ("id", "meta", "text")


def without_words(resource: Json) -> Json:
    """A resource without displays, words beside codes, generated narratives and what the server counts."""
    plain: Json = bare(resource)
    if isinstance(plain.get("meta"), dict):
        plain["meta"] = {name: item for name, item in plain["meta"].items() if name not in _OF_THE_SERVER}
    narrative = plain.get("text")
    if isinstance(narrative, dict) and narrative.get("status") == "generated":
        del plain["text"]
    return plain


def bare(value: Any) -> Any:
    """A value without the words that stand beside a code or a reference."""
    if isinstance(value, list):
        return [bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    beside = words_beside(value)
    return {name: bare(item) for name, item in value.items() if name not in beside}


def words_beside(value: Json) -> tuple[str, ...]:
    """The members of an object that only repeat in words what another member says."""
    if "reference" in value:
        return ("display", "type")
    if "coding" in value:
        return ("text",)
    if "code" in value and "system" in value:
        return ("display", "userSelected")
    return ()


def reference_differences(
    path: str, left: Json, right: Json, roots: tuple[Json, Json], reading: Reading
) -> Iterator[Difference | tuple[Json, Json]]:
    """Compare two references of two resources, `roots`.

    Yields a difference, or the contents of two targets that have to be compared: a contained resource may stand for
    one that is found elsewhere, and the other way round.
    """
    ours, theirs = (reading.relative(str(one.get("reference"))) for one in (left, right))
    local = ours[1:] if ours[0] == "#" else "", theirs[1:] if theirs[0] == "#" else ""
    if ours == theirs and not local[0]:
        return
    targets = [target(one, root, reading) for one, root in zip((ours, theirs), roots, strict=True)]
    if any(local) and targets[0] is not None and targets[1] is not None:
        yield content(targets[0]), content(targets[1])
    else:
        yield Difference(f"{path}.reference", "reference", left.get("reference"), right.get("reference"))


def target(reference: str, root: Json, reading: Reading) -> Json | None:
    """The resource that a reference leads to, None when it leads nowhere."""
    if reference.startswith("#"):
        return next((item for item in root.get("contained", ()) if item.get("id") == reference[1:]), None)
    kind, _, resource_id = reference.partition("/")
    found = reading.find(kind, resource_id)
    return None if found is None else without_words(reading.undress(found))


def content(resource: Json) -> Json:
    """What a resource says wherever it is kept."""
    return {name: item for name, item in resource.items() if name not in _OF_ITS_PLACE}
