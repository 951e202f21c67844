"""Other legal spellings of a resource: same meaning, other bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from synthetic.metamorphic import epic
from synthetic.metamorphic.judge import WORDS, is_analyte, measured
from synthetic.metamorphic.moments import on_hospital_clocks
from synthetic.metamorphic.quantity_meaning import UCUM, is_quantity
from synthetic.metamorphic.reading import Find, Json, Reading, nowhere
from synthetic.metamorphic.rounding import respelled
from synthetic.metamorphic.units import Analyte, conversion


@dataclass(frozen=True)
class Site:
    """Where resources are kept: the address of the server, and a way to find what charts share."""

    base: str = "https://gauntlet.invalid/fhir/R4"
    find: Find = nowhere


@dataclass(frozen=True, slots=True)
class Spelling:
    """A spelling: what it does, the requirements it serves, and the function that respells one resource."""

    name: str
    sentence: str
    requirements: tuple[str, ...]
    respell: Callable[[Json, Site], Json]

    def reading(self, site: Site) -> Reading:
        """How a judge has to read resources in this spelling."""
        undress = epic.undress if self.name == EPIC_SHAPE else Reading.undress
        return Reading(bases=(site.base,), find=site.find, undress=undress)


EPIC_SHAPE = "epic-shape"
_CUSTOMARY = {"kg": ("[lb_av]", "lb"), "cm": ("[in_i]", "in"), "Cel": ("[degF]", "degF")}
_EQUIVALENT = {"10*3/uL": ("10*9/L", "10*9/L"), "m[IU]/L": ("u[IU]/mL", "uIU/mL"), "g/dL": ("g/L", "g/L")}
_ORDERLESS = frozenset({"coding", "identifier", "security", "category", "component"})


def everywhere(value: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    """A copy of a value, `change` applied to each member and item from the inside out, with the member's name."""
    if isinstance(value, dict):
        value = {key: everywhere(item, change, key) for key, item in value.items()}
    elif isinstance(value, list):
        value = [everywhere(item, change, name) for item in value]
    return change(name, value)


def in_unit(quantity: Json, code: str, unit: str, analyte: Analyte | None) -> Json:
    """A quantity in another unit; as it is when there is no way to it."""
    convert = conversion(quantity.get("code", ""), code, analyte) if quantity.get("system") == UCUM else None
    if convert is None:
        return quantity
    number: Decimal | int = respelled(quantity["value"], convert)
    return quantity | {"value": number, "unit": unit, "code": code}


def in_units(table: Mapping[str, tuple[str, str]]) -> Callable[[Json, Site], Json]:
    """The spelling of all quantities in other units, by a table from a UCUM code to another with its words."""

    def change(_name: str, value: Any) -> Any:
        if is_quantity(value) and value.get("code") in table:
            return in_unit(value, *table[value["code"]], None)
        return value

    return lambda resource, _site: dict(everywhere(resource, change))


def in_si(resource: Json, _site: Site) -> Json:
    """A result in SI units with the LOINC code for them; other resources as they are."""
    analyte = measured(resource) if resource["resourceType"] == "Observation" else None
    if analyte is None:
        return resource

    def change(_name: str, value: Any) -> Any:
        if is_quantity(value):
            return in_unit(value, analyte.si_unit, analyte.si_unit, analyte)
        if isinstance(value, dict) and is_analyte(value):
            return value | {"code": analyte.si, "display": analyte.si_display}
        return value

    made: Json = everywhere(resource, change)
    made["code"]["text"] = analyte.si_display
    return made


def on_site_clocks(resource: Json, _site: Site) -> Json:
    """Every instant with the offset of the hospital."""

    def change(name: str, value: Any) -> Any:
        return on_hospital_clocks(value) if isinstance(value, str) and name not in WORDS else value

    return dict(everywhere(resource, change))


def with_zero_offset(resource: Json, _site: Site) -> Json:
    """Every instant with +00:00 in place of Z, and milliseconds."""

    def change(name: str, value: Any) -> Any:
        if not isinstance(value, str) or name in WORDS or on_hospital_clocks(value) == value:
            return value
        return value[:-1] + ("+00:00" if "." in value else ".000+00:00")

    return dict(everywhere(resource, change))


def absolute(resource: Json, site: Site) -> Json:
    """Every relative reference with the address of the server."""

    def change(name: str, value: Any) -> Any:
        relative = name == "reference" and isinstance(value, str) and value[0] != "#" and ":" not in value
        return f"{site.base}/{value}" if relative else value

    return dict(everywhere(resource, change))


def with_contained_drug(resource: Json, site: Site) -> Json:
    """An order that contains the drug it refers to; other resources as they are."""
    kind, _, drug_id = resource.get("medicationReference", {}).get("reference", "").partition("/")
    drug = site.find(kind, drug_id) if drug_id else None
    if drug is None:
        return resource
    inner = {name: item for name, item in drug.items() if name != "meta"} | {"id": "drug"}
    return resource | {"contained": [inner], "medicationReference": {"reference": "#drug"}}


def reordered(resource: Json, _site: Site) -> Json:
    """Members of objects, and items of lists without order, the other way round."""

    def change(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return dict(reversed(value.items()))
        return value[::-1] if isinstance(value, list) and name in _ORDERLESS else value

    return dict(everywhere(resource, change))


def as_epic(resource: Json, _site: Site) -> Json:
    """The resource in the dress of Epic."""
    return epic.dress(resource)


def _spelling(name: str, sentence: str, requirements: str, respell: Callable[[Json, Site], Json]) -> Spelling:
    return Spelling(name, sentence, tuple(requirements.split()), respell)


SPELLINGS: Mapping[str, Spelling] = MappingProxyType(
    {
        spelling.name: spelling
        for spelling in (
            _spelling("si-units", "Glucose, cholesterol, creatinine and HbA1c in SI units", "MAP-10 MAP-03", in_si),
            _spelling(
                "customary-units",
                "Weight in pounds, height in inches, temperature in degrees Fahrenheit",
                "MAP-10 MAP-03",
                in_units(_CUSTOMARY),
            ),
            _spelling(
                "equivalent-units",
                "Counts in 10*9/L, hemoglobin in g/L, thyrotropin in u[IU]/mL",
                "MAP-10 MAP-03",
                in_units(_EQUIVALENT),
            ),
            _spelling("site-offsets", "Instants with the offset of the hospital", "MAP-10 MAP-04", on_site_clocks),
            _spelling("zero-offsets", "Instants with +00:00 and milliseconds", "MAP-10 MAP-04", with_zero_offset),
            _spelling("absolute-references", "References with the server's address", "MAP-10 CON-13", absolute),
            _spelling("contained-drugs", "Orders that contain their drug", "MAP-10 CON-06", with_contained_drug),
            _spelling("other-order", "Members and sets the other way round", "MAP-10", reordered),
            _spelling(EPIC_SHAPE, "Epic's dress: extensions, identifiers, classes, codings", "MAP-10 CON-14", as_epic),
        )
    }
)
