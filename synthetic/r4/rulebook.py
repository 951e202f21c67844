"""Compiles the definitions into checks, type by type, the first time a type is met."""

from synthetic.r4.bindings import bound_check
from synthetic.r4.contained import contained_check, contained_problems
from synthetic.r4.definitions import SIMPLE_QUANTITY, Definitions, Element
from synthetic.r4.invariants import INVARIANTS
from synthetic.r4.primitives import primitive_checks
from synthetic.r4.problem import NOTHING, Check, Found, Json, broken, kind, nearest
from synthetic.r4.references import reference_check
from synthetic.r4.shapes import Choice, Shape, extension_list, object_check, repeated


class Rulebook:
    """The checks of all R4 types, built on demand from one table of definitions."""

    def __init__(self, definitions: Definitions) -> None:
        """Keep `definitions`; nothing is compiled yet."""
        self._definitions = definitions
        self._primitives = primitive_checks(definitions.primitives)
        self._built: dict[str, Check] = {}

    def resource(self, value: object, _root: Json) -> Found:
        """Check any resource; it is the root of its own local references."""
        if not isinstance(value, dict):
            return broken("type", f"a resource must be a JSON object, this is a JSON {kind(value)}")
        name = value.get("resourceType")
        if not isinstance(name, str) or name not in self._definitions.resources:
            return self._no_type(name)
        found = self.check(name)(value, value)
        return [*found, *contained_problems(value)] if "contained" in value else found

    def check(self, name: str) -> Check:
        """Check of a type by its name: `code`, `HumanName`, `Patient.contact`, `Reference:Group,Patient`."""
        if name not in self._built:
            self._built[name] = self._primitives.get(name) or self._compile(name)
        return self._built[name]

    def _no_type(self, name: object) -> Found:
        if name is None:
            return broken("resource-type", "resourceType is missing", "resourceType")
        hint = nearest(name, sorted(self._definitions.resources))
        return broken("resource-type", f"R4 has no resource type {name!r}; {hint}", "resourceType")

    def _compile(self, name: str) -> Check:
        if name == "Resource":
            return self.resource
        if name.startswith("Reference"):
            return self._reference(name)
        return self._object(name, name)

    def _object(self, key: str, profile: str) -> Check:
        """Check of an object type, known under `key` before its members are made: they may contain it."""
        base = "Quantity" if profile == SIMPLE_QUANTITY else profile
        elements = self._definitions.types[base]
        shape = Shape(
            name=base,
            required=frozenset(e.name for e in elements if e.required and not e.is_choice),
            choices=tuple(Choice(e.name, frozenset(e.json_names()), e.required) for e in elements if e.is_choice),
            invariants=tuple(rule for name in sorted({base, profile}) for rule in INVARIANTS.get(name, ())),
        )
        self._built[key] = object_check(shape)
        for element in elements:
            for json_name, type_name in element.json_names().items():
                self._add_member(shape, element, json_name, type_name)
        if base in self._definitions.resources:
            shape.members["resourceType"] = accepted
        return self._built[key]

    def _reference(self, name: str) -> Check:
        shape = self._built.get("Reference shape") or self._object("Reference shape", "Reference")
        targets = name.partition(":")[2].split(",") if ":" in name else None
        return reference_check(shape, self._definitions.resources, targets)

    def _add_member(self, shape: Shape, element: Element, json_name: str, type_name: str) -> None:
        check = self._item_check(shape, element, type_name)
        shape.members[json_name] = repeated(check) if element.repeats else check
        if type_name in self._primitives:
            extension = self.check("Element")
            shape.extensions["_" + json_name] = extension_list(extension) if element.repeats else extension
            if element.repeats:
                shape.primitive_lists.add(json_name)
            if element.value_set in self._definitions.codes:
                shape.bound.add(json_name)

    def _item_check(self, shape: Shape, element: Element, type_name: str) -> Check:
        if element.name == "contained":
            return contained_check(self.contained)
        check = self.check(type_name)
        if type_name == "Extension" and shape.name != "Extension":
            check = outermost(check)
        codes = self._definitions.codes.get(element.value_set or "")
        return bound_check(type_name, check, codes, str(element.value_set)) if codes else check

    def contained(self, value: Json, root: Json) -> Found:
        """Check a contained resource, whose local references belong to its container `root`."""
        name = value.get("resourceType") if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in self._definitions.resources:
            return self._no_type(name)
        return self.check(name)(value, root)


def accepted(_value: object, _root: Json) -> Found:
    """Check of a property that was looked at before, such as resourceType."""
    return NOTHING


def outermost(check: Check) -> Check:
    """Check of an extension that is not inside another: its url is absolute."""

    def bound(value: Json, root: Json) -> Found:
        found = check(value, root)
        if found or ":" in value.get("url", ":"):
            return found
        return broken(
            "extension-url",
            f"{value['url']!r} must be absolute; only nested extensions may be relative",
            "url",
        )

    return bound
