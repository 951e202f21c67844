"""The official R4 definitions as a table: types with their elements, primitive formats, required codes.

`definitions.json.gz` is made by `python -m synthetic.r4.extract` from hl7.fhir.r4.core#4.0.1.
"""

import functools
import gzip
import json
from dataclasses import dataclass
from importlib.resources import files

Codes = dict[str, frozenset[str]]
# The profile of Quantity that R4 elements ask for: its elements, and a rule of its own.
SIMPLE_QUANTITY = "SimpleQuantity"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type; `types` are named `string`, `Reference:Group,Patient` or `Patient.contact`."""

    name: str
    required: bool
    repeats: bool
    types: tuple[str, ...]
    value_set: str | None

    @property
    def is_choice(self) -> bool:
        """Whether the name ends in [x] and the type is told by the JSON name."""
        return self.name.endswith("[x]")

    def json_names(self) -> dict[str, str]:
        """JSON property name -> type name."""
        if not self.is_choice:
            return {self.name: self.types[0]}
        return {self.name[:-3] + suffix(kind): kind for kind in self.types}


@dataclass(frozen=True, slots=True)
class Primitive:
    """Format of a primitive type, as far as its definition gives one."""

    regex: str | None
    max_length: int | None


@dataclass(frozen=True, slots=True)
class Definitions:
    """All tables; `codes` maps a value set url to the codes of each code system in it."""

    resources: frozenset[str]
    types: dict[str, tuple[Element, ...]]
    primitives: dict[str, Primitive]
    codes: dict[str, Codes]


def suffix(kind: str) -> str:
    """Ending of the JSON name of a choice element: `valueQuantity` also holds the SimpleQuantity profile."""
    name = kind.partition(":")[0]
    name = "Quantity" if name == SIMPLE_QUANTITY else name
    return name[0].upper() + name[1:]


def read_definitions(packed: bytes) -> Definitions:
    """Definitions from the bytes of the table file."""
    table = json.loads(gzip.decompress(packed))
    types = {
        name: tuple(
            Element(row[0], bool(row[1]), bool(row[2]), tuple(row[3]), row[4] if len(row) > 4 else None) for row in rows
        )
        for name, rows in table["types"].items()
    }
    primitives = {name: Primitive(row.get("regex"), row.get("maxLength")) for name, row in table["primitives"].items()}
    codes = {
        url: {system: frozenset(members) for system, members in systems.items()}
        for url, systems in table["codes"].items()
    }
    return Definitions(frozenset(table["resources"]), types, primitives, codes)


@functools.cache
def definitions() -> Definitions:
    """Definitions that travel with this package, read once per process (about 30 ms)."""
    return read_definitions(files("synthetic.r4").joinpath("definitions.json.gz").read_bytes())
