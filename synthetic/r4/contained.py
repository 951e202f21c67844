"""Rules of contained resources: dom-2 to dom-5 (http://hl7.org/fhir/R4/domainresource.html)."""

from collections.abc import Iterator
from typing import Any

from synthetic.r4.problem import Check, Found, Json, Problem


def contained_check(check: Check) -> Check:
    """Check of one contained resource: its own rules, then what a container forbids."""

    def bound(value: Any, root: Json) -> Found:
        found = list(check(value, root))
        if not isinstance(value, dict):
            return found
        if "id" not in value:
            found.append(Problem("id", "dom-3", "a contained resource needs an id, or nothing can refer to it"))
        if "contained" in value:
            found.append(Problem("contained", "dom-2", "a contained resource must not contain another"))
        return [*found, *forbidden_meta(value.get("meta"))]

    return bound


def forbidden_meta(meta: Any) -> Iterator[Problem]:
    """Elements of meta that only the container may have (dom-4, dom-5)."""
    for name, rule in (("versionId", "dom-4"), ("lastUpdated", "dom-4"), ("security", "dom-5")):
        if isinstance(meta, dict) and name in meta:
            yield Problem(f"meta.{name}", rule, f"a contained resource must not have meta.{name}")


def contained_problems(resource: Json) -> Iterator[Problem]:
    """Contained resources that nothing refers to and that do not refer to their container (dom-3)."""
    contained = resource["contained"] if isinstance(resource["contained"], list) else []
    used = set(local_references(resource))
    for index, entry in enumerate(contained):
        if not isinstance(entry, dict) or "id" not in entry:
            continue
        if f"#{entry['id']}" not in used and "#" not in set(local_references(entry)):
            yield Problem(f"contained[{index}]", "dom-3", f"nothing in the resource refers to '#{entry['id']}'")


def local_references(value: Any) -> Iterator[str]:
    """Every string below `value` that starts with `#` (reference, canonical, uri or url)."""
    if isinstance(value, dict):
        for item in value.values():
            yield from local_references(item)
    elif isinstance(value, list):
        for item in value:
            yield from local_references(item)
    elif isinstance(value, str) and value.startswith("#"):
        yield value
