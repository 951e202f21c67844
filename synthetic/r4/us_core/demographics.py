"""The US Core extensions of Patient: race, ethnicity and birth sex.

Sources: http://hl7.org/fhir/us/core/STU6.1/StructureDefinition-us-core-race.html, ...-ethnicity.html,
...-birthsex.html. The detailed categories of the CDC (some 900 codes) are not checked.
"""

from collections.abc import Iterator

from synthetic.r4.problem import Json
from synthetic.r4.us_core.table import PROFILE_URL

CDCREC = "urn:oid:2.16.840.1.113883.6.238"
NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
UNKNOWN = frozenset({(NULL_FLAVOR, "UNK"), (NULL_FLAVOR, "ASKU")})
# The categories of the Office of Management and Budget of 1997.
RACES = UNKNOWN | {(CDCREC, code) for code in ("1002-5", "2028-9", "2054-5", "2076-8", "2106-3")}
ETHNICITIES = UNKNOWN | {(CDCREC, code) for code in ("2135-2", "2186-5")}
BIRTH_SEXES = frozenset({"F", "M", "OTH", "ASKU", "UNK"})

Broken = Iterator[tuple[str, str]]


def extensions(holder: Json, url: str) -> Iterator[tuple[str, Json]]:
    """Path and content of the extensions with a url."""
    for index, extension in enumerate(holder.get("extension", [])):
        if extension.get("url") == url:
            yield f"extension[{index}]", extension


def race(patient: Json) -> Broken:
    """us-core-race: up to five OMB categories and a text."""
    return categories(patient, "us-core-race", RACES, most=5)


def ethnicity(patient: Json) -> Broken:
    """us-core-ethnicity: at most one OMB category and a text."""
    return categories(patient, "us-core-ethnicity", ETHNICITIES, most=1)


def categories(patient: Json, name: str, valid: frozenset[tuple[str, str]], most: int) -> Broken:
    """Faults of a race or ethnicity extension."""
    found = list(extensions(patient, PROFILE_URL + name))
    if len(found) > 1:
        yield "extension", f"at most one {name}"
    for path, extension in found:
        omb = list(extensions(extension, "ombCategory"))
        if len(omb) > most:
            yield path, f"at most {most} ombCategory"
        if len(list(extensions(extension, "text"))) != 1:
            yield path, "needs one extension text"
        for below, category in omb:
            coding = category.get("valueCoding", {})
            pair = (coding.get("system"), coding.get("code"))
            if pair not in valid:
                listed = ", ".join(sorted(code for _, code in valid))
                yield f"{path}.{below}", f"{pair[0]}|{pair[1]} is not one of {listed}"


def birth_sex(patient: Json) -> Broken:
    """us-core-birthsex: a code of the value set."""
    for path, extension in extensions(patient, PROFILE_URL + "us-core-birthsex"):
        if extension.get("valueCode") not in BIRTH_SEXES:
            yield path, f"valueCode must be one of {', '.join(sorted(BIRTH_SEXES))}"
