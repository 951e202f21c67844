"""FHIR data types as HL7 v2.5.1 data types (chapter 2A): names, addresses, telephones, codes, times, identifiers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from synthetic.hospital import Practitioner
from synthetic.patient import MRN_SYSTEM
from synthetic.writers.hl7v2_encoding import Element
from synthetic.writers.hospital_clock import epoch_seconds, hospital_time
from synthetic.writers.record import Body

FACILITY = "GGH"  # Gauntlet General Hospital, as namespace of what it numbers
MRN_AUTHORITY = (FACILITY, MRN_SYSTEM.removeprefix("urn:oid:"), "ISO")
SSN_AUTHORITY = ("SSA", "2.16.840.1.113883.4.1", "ISO")
NPI_AUTHORITY = ("NPI", "2.16.840.1.113883.4.6", "ISO")

# HL7 table 0396 names of coding systems.
_SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "http://loinc.org": "LN",
        "http://hl7.org/fhir/sid/icd-10-cm": "I10C",
        "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
        "http://unitsofmeasure.org": "UCUM",
        "http://terminology.hl7.org/CodeSystem/v3-NullFlavor": "NULLFL",
        "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus": "HL70002",
        "http://terminology.hl7.org/CodeSystem/v2-0131": "HL70131",
        "http://terminology.hl7.org/CodeSystem/v2-0276": "HL70276",
        "urn:oid:2.16.840.1.113883.6.238": "CDCREC",
        "urn:ietf:bcp:47": "ISO639",
    }
)
LOCAL = "L"
_FRACTION = re.compile(r"\.(\d{1,4})")
_READING = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_LETTERS: Mapping[str, str] = MappingProxyType({"ABC": "A", "IDE": "I", "SYL": "P"})  # table 0465
_ADDRESS_USES: Mapping[str, str] = MappingProxyType(
    {"home": "H", "work": "B", "temp": "C", "old": "BA", "billing": "M"}
)
_EQUIPMENT: Mapping[str, str] = MappingProxyType({"fax": "FX", "pager": "BP", "url": "Internet"})  # table 0202
_PHONE = re.compile(r"\+1-(\d{3})-(\d{3})-(\d{4})")
_PHONE_USES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"home": ("PRN", "PH"), "mobile": ("PRN", "CP"), "work": ("WPN", "PH")}
)


def timestamp(text: str) -> str:
    """TS: a FHIR date as precise as it is, an instant in hospital time with its offset.

    Four digits behind the second at most, and no second 60 (HL7 v2.5.1 2A.22 and 2A.80): a leap second is the next one.
    """
    if "T" not in text:
        return text.replace("-", "")
    written, fraction = stamp(epoch_seconds(text)), _FRACTION.search(text)
    return f"{written[:14]}.{fraction[1]}{written[14:]}" if fraction else written


def date_only(text: str) -> str:
    """DT of the date that a FHIR dateTime has in its own zone."""
    return text[:10].replace("-", "")


@lru_cache(maxsize=1024)  # each instant of a message is written several times
def stamp(instant: int) -> str:
    """TS of seconds since 1970: YYYYMMDDHHMMSS+/-ZZZZ."""
    return hospital_time(instant).strftime("%Y%m%d%H%M%S%z")


def coded(concept: Body | None) -> Element:
    """CE: the first coding, and the second as the alternate one; the text when there is no coding."""
    if not concept:
        return ""
    codings = [
        (one.get("code", ""), one.get("display", ""), coding_system(one)) for one in concept.get("coding", [])[:2]
    ]
    return tuple(part for coding in codings for part in coding) or ("", concept.get("text", ""))


def words(concept: Body) -> str:
    """What people read of a concept: its text, otherwise the display or the code of its first coding."""
    codings = concept.get("coding", [])[:1]
    return str(concept.get("text") or next((one.get("display") or one.get("code", "") for one in codings), ""))


def present(parts: list[str | None]) -> list[str]:
    """The parts of a name or address that have a text; a null stands where an extension is in its place."""
    return [part for part in parts if part]


def period_dates(period: Body) -> tuple[str, str]:
    """TS of the beginning and of the end of a period, empty where it is open."""
    return timestamp(period.get("start", "")), timestamp(period.get("end", ""))


def person_name(name: Body, kind: str) -> Element:
    """XPN: family name, given names, suffix, prefix; `kind` is L(egal), M(aiden) and so on (table 0200).

    A name that is only a text stands in the place of the family name.
    """
    given = present(name.get("given", []))
    family = name.get("family") or ("" if given else name.get("text", ""))
    suffix, prefix = (" ".join(present(name.get(part, []))) for part in ("suffix", "prefix"))
    letters = (_LETTERS.get(one.get("valueCode", ""), "") for one in name.get("extension", []) if _reading(one))
    parts = (family, "".join(given[:1]), " ".join(given[1:]), suffix, prefix, "", kind, next(letters, ""))
    return (*parts, "", "", "", *period_dates(name.get("period", {})))


def address(place: Body) -> Element:
    """XAD; the United States by ISO 3166 in three letters (table 0399), other countries as they stand.

    An address that is only a text stands in the place of the street.
    """
    lines = present(place.get("line", []))
    country: str = place.get("country", "")
    country = "USA" if country == "US" else country
    town = (place.get("city", ""), place.get("state", ""), place.get("postalCode", ""), country)
    parts = ("".join(lines[:1]) or ("" if any(town) else place.get("text", "")), " ".join(lines[1:]), *town)
    use = "M" if place.get("type") == "postal" else _ADDRESS_USES.get(place.get("use", "home"), "")
    return (*parts, use, "", place.get("district", ""), "", "", "", *period_dates(place.get("period", {})))


def telephone(contact: Body) -> Element:
    """XTN of a telephone number or an e-mail address; a number that is not American goes unformatted."""
    value = contact.get("value", "")
    if contact.get("system") == "email":
        return ("", "NET", "Internet", value)
    use, equipment = _PHONE_USES.get(contact.get("use", ""), ("PRN", "PH"))
    equipment = _EQUIPMENT.get(contact.get("system", ""), equipment)
    parts = _PHONE.fullmatch(value)
    if parts:
        return ("", use, equipment, "", "1", parts[1], parts[2] + parts[3])
    return ("", use, equipment, *[""] * 8, value)


def clinician(who: Practitioner | None) -> Element:
    """XCN: the National Provider Identifier, name and degree; empty for nobody."""
    if who is None:
        return ""
    return (who.npi, who.family, who.given, "", "", "", who.suffix, "", NPI_AUTHORITY, "L", "", "", "NPI")


def number_of_authority(value: str, authority: tuple[str, ...], kind: str) -> Element:
    """CX: an identifier with who assigned it, and its type (table 0203)."""
    return (value, "", "", authority, kind)


def authority(system: str) -> tuple[str, ...]:
    """HD of the system of an identifier: an object identifier, a UUID, or another URI (table 0301)."""
    for prefix, kind in (("urn:oid:", "ISO"), ("urn:uuid:", "UUID")):
        if system.startswith(prefix):
            return "", system.removeprefix(prefix), kind
    return ("", system, "URI") if system else ("",)


def entity(resource_id: str) -> Element:
    """EI: a FHIR id as the number of an order, appointment or diagnosis."""
    return (resource_id, FACILITY)


def _reading(extension: Body) -> bool:
    """Whether an extension of a name says which letters it is in."""
    return bool(extension["url"] == _READING)


def coding_system(coding: Body) -> str:
    """The name of a coding system in table 0396; L for every other one."""
    return _SYSTEMS.get(coding.get("system", ""), LOCAL)
