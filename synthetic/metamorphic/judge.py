"""The judge: where two resources mean different things.

It reads past what carries no meaning: order of members and of lists that are sets, offsets of instants, the
address in front of a reference, displays beside codes and references, generated narratives, versions of the
resource, and units (with the LOINC code that goes with them), as long as the numbers agree to their last digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthetic.metamorphic.difference import Difference
from synthetic.metamorphic.moments import moment
from synthetic.metamorphic.quantity_meaning import is_number, is_quantity, number_differences, quantity_differences
from synthetic.metamorphic.reading import Json, Reading
from synthetic.metamorphic.references import reference_differences, without_words
from synthetic.metamorphic.units import BY_LOINC, Analyte

SETS = frozenset(
    {"coding", "identifier", "extension", "modifierExtension", "profile", "security", "tag", "category", "component"}
)
WORDS = frozenset({"valueString", "text", "div", "display", "title", "description"})  # never read as an instant
_LOINC = "http://loinc.org"
_PLAIN = Reading()


def same_meaning(left: Json, right: Json, reading: Reading = _PLAIN) -> list[Difference]:
    """List where two resources differ in meaning; an empty list means that they say the same.

    Both are parsed JSON whose fractions are Decimal (`Resource.body`). `reading` says which addresses are ours,
    how to undress a vendor's dialect, and where to find resources that one of the two contains.
    """
    first, second = (without_words(reading.undress(resource)) for resource in (left, right))
    judge = Judge(first, second, reading)
    return list(judge.objects("", without_contained(first), without_contained(second), None))


def without_contained(resource: Json) -> Json:
    """A resource without those it contains, which are compared where it refers to them."""
    return {name: item for name, item in resource.items() if name != "contained"}


class Judge:
    """Compares two resources; each is the root of its own contained resources."""

    def __init__(self, left: Json, right: Json, reading: Reading) -> None:
        self.roots, self.reading = (left, right), reading
        self.followed: set[tuple[Any, Any]] = set()  # references between contained resources may go in a circle

    def values(self, path: str, left: Any, right: Any, analyte: Analyte | None) -> Iterator[Difference]:
        """Compare what stands at a path on both sides."""
        if is_quantity(left) and is_quantity(right):
            yield from quantity_differences(path, left, right, analyte)
        elif isinstance(left, dict) and isinstance(right, dict):
            yield from self.objects(path, left, right, analyte)
        elif isinstance(left, list) and isinstance(right, list):
            yield from self.lists(path, left, right, analyte)
        elif is_number(left) and is_number(right):
            yield from number_differences(path, left, right)
        else:
            yield from text_differences(path, left, right)

    def objects(self, path: str, left: Json, right: Json, analyte: Analyte | None) -> Iterator[Difference]:
        """Compare two objects, member by member."""
        if "reference" in left or "reference" in right:
            yield from self.references(path, left, right)
            return
        substances = measured(left), measured(right)
        if substances[0] is not None and substances[0] is substances[1]:
            analyte = substances[0]
            left, right = (one | {"code": without_analyte(one["code"], analyte)} for one in (left, right))
        for name in dict.fromkeys([*left, *right]):
            step = f"{path}.{name}" if path else name
            if name not in right:
                yield Difference(step, "missing", left[name], None)
            elif name not in left:
                yield Difference(step, "extra", None, right[name])
            else:
                yield from self.values(step, left[name], right[name], analyte)

    def references(self, path: str, left: Json, right: Json) -> Iterator[Difference]:
        """Compare two references, and once what they lead to when one of them is a contained resource."""
        pair = left.get("reference"), right.get("reference")
        if pair in self.followed:
            return
        for found in reference_differences(path, left, right, self.roots, self.reading):
            if isinstance(found, Difference):
                yield found
            else:
                self.followed.add(pair)
                yield from self.objects(f"{path}.resolve()", *found, None)
                self.followed.discard(pair)

    def lists(self, path: str, left: list[Any], right: list[Any], analyte: Analyte | None) -> Iterator[Difference]:
        """Compare two lists, as sets where order has no meaning."""
        if path.rpartition(".")[2] in SETS:
            left, right = self.unmatched(path, left, right, analyte)
        for place in range(max(len(left), len(right))):
            step = f"{path}[{place}]"
            if place >= len(right):
                yield Difference(step, "missing", left[place], None)
            elif place >= len(left):
                yield Difference(step, "extra", None, right[place])
            else:
                yield from self.values(step, left[place], right[place], analyte)

    def unmatched(
        self, path: str, left: list[Any], right: list[Any], analyte: Analyte | None
    ) -> tuple[list[Any], list[Any]]:
        """The items of each side that mean the same as none of the other."""
        lonely, rest = [], list(right)
        for item in left:
            twin = next((at for at, other in enumerate(rest) if not any(self.values(path, item, other, analyte))), None)
            if twin is None:
                lonely.append(item)
            else:
                del rest[twin]
        return lonely, rest


def text_differences(path: str, left: Any, right: Any) -> Iterator[Difference]:
    """Compare two texts or truth values; texts that are both instants as such."""
    if left == right and type(left) is type(right):
        return
    if isinstance(left, str) and isinstance(right, str) and path.rpartition(".")[2] not in WORDS:
        moments = moment(left), moment(right)
        if None not in moments:
            if moments[0] != moments[1]:
                yield Difference(path, "instant", left, right)
            return
    yield Difference(path, "value", left, right)


def measured(value: Json) -> Analyte | None:
    """The substance that an Observation or a component measures, when its amount has codes for several units."""
    code = value.get("code")
    codings = code.get("coding", ()) if isinstance(code, dict) else ()
    found = (BY_LOINC[coding["code"]] for coding in codings if is_analyte(coding))
    return next(found, None)


def is_analyte(coding: Json) -> bool:
    """Whether a coding is the LOINC code of a substance in some unit."""
    return coding.get("system") == _LOINC and coding.get("code") in BY_LOINC


def without_analyte(concept: Json, analyte: Analyte) -> Json:
    """A concept with one name for the substance in place of the LOINC code of one of its units."""
    kept = [coding for coding in concept["coding"] if not is_analyte(coding)]
    return concept | {"coding": [*kept, {"system": _LOINC, "code": analyte.name}]}
