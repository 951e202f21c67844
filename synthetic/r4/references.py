"""Rules of literal references (http://hl7.org/fhir/R4/references.html)."""

import re
from collections.abc import Iterable

from synthetic.r4.problem import NOTHING, Check, Found, Json, broken, nearest

RELATIVE = re.compile(r"([A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")
CONDITIONAL = re.compile(r"([A-Za-z]+)\?.+")
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.+")


def local_target(reference: str, root: Json) -> Json | None:
    """Contained resource of `root` that `#id` names (`#`: the container), None when there is none."""
    if reference == "#":
        return root
    listed = root.get("contained")
    contained = listed if isinstance(listed, list) else []
    named = (entry for entry in contained if isinstance(entry, dict) and entry.get("id") == reference[1:])
    return next(named, None)


def target_type(reference: str, root: Json) -> str | None:
    """Resource type a literal reference shows, None when it does not show one (absolute URL or URN)."""
    if reference[0] == "#":
        kind = (local_target(reference, root) or {}).get("resourceType")
        return kind if isinstance(kind, str) else None
    if match := RELATIVE.fullmatch(reference) or CONDITIONAL.fullmatch(reference):
        return match[1]
    return None


def reference_check(shape: Check, resources: Iterable[str], targets: Iterable[str] | None) -> Check:
    """Check of a Reference: its elements, then that it names a resource of one of the types in `targets`."""
    known = frozenset(resources)
    allowed = known if targets is None else frozenset(targets)
    forbidden = known - allowed

    def check(value: Json, root: Json) -> Found:
        if found := shape(value, root):
            return found
        if "reference" in value:
            match = RELATIVE.fullmatch(value["reference"])
            if match and match[1] in allowed and value.get("type", match[1]) == match[1]:
                return NOTHING
            return literal_problems(value, root, known, allowed)
        stated = value.get("type")
        return wrong_target(stated, allowed) if stated in forbidden else NOTHING

    return check


def literal_problems(value: Json, root: Json, known: frozenset[str], allowed: frozenset[str]) -> Found:
    """Problems of a literal reference that is not simply a relative one of an allowed type."""
    literal, named = value["reference"], target_type(value["reference"], root)
    if named is None:
        return unresolved(literal, root)
    if named not in known:
        hint = nearest(named, sorted(known))
        return broken("reference-format", f"R4 has no resource type {named!r}; {hint}", "reference")
    if named not in allowed:
        return wrong_target(named, allowed)
    if value.get("type", named) != named:
        return broken("reference-type", f"type says {value['type']!r} but the reference names a {named}", "type")
    return NOTHING


def unresolved(literal: str, root: Json) -> Found:
    """Problem of a literal reference that shows no resource type, unless it is an absolute URL or a URN."""
    if literal[0] == "#" and local_target(literal, root) is None:
        return broken("ref-1", f"no contained resource has the id {literal[1:]!r}", "reference")
    if literal[0] == "#" or ABSOLUTE.fullmatch(literal):
        return NOTHING
    return broken("reference-format", f"{literal!r} is not Type/id, #id, a URL or a URN", "reference")


def wrong_target(name: str, allowed: frozenset[str]) -> Found:
    """Problem of a reference to a type that the element does not allow."""
    return broken("reference-target", f"must not refer to a {name}; valid: {', '.join(sorted(allowed))}")
