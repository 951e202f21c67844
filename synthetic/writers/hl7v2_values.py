"""FHIR data types as HL7 v2.5.1 data types (chapter 2A): names, addresses, telephones, codes, times, identifiers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from synthetic.hospital import Practitioner
from synthetic.patient import MRN_SYSTEM
from synthetic.writers.hl7v2_encoding import Component, Element, Field
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
_LOCAL = "L"
_PHONE = re.compile(r"\+1-(\d{3})-(\d{3})-(\d{4})")
_PHONE_USES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"home": ("PRN", "PH"), "mobile": ("PRN", "CP"), "work": ("WPN", "PH")}
)


def timestamp(text: str) -> str:
    """TS: a FHIR date as precise as it is, an instant in hospital time with its offset."""
    return stamp(epoch_seconds(text)) if "T" in text else text.replace("-", "")


@lru_cache(maxsize=1024)  # each instant of a message is written several times
def stamp(instant: int) -> str:
    """TS of seconds since 1970: YYYYMMDDHHMMSS+/-ZZZZ."""
    return hospital_time(instant).strftime("%Y%m%d%H%M%S%z")


def number(value: Decimal | int) -> str:
    """NM: the digits as they stand, never with an exponent."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def coded(concept: Body | None) -> Element:
    """CE: the first coding, and the second as the alternate one; the text when there is no coding."""
    if not concept:
        return ""
    codings = [(one.get("code", ""), one.get("display", ""), _system(one)) for one in concept.get("coding", [])[:2]]
    return tuple(part for coding in codings for part in coding) or ("", concept.get("text", ""))


def person_name(name: Body, kind: str) -> Element:
    """XPN: family name, first given name, further ones, suffix; `kind` is L(egal), M(aiden) and so on (table 0200)."""
    given = name.get("given", [])
    suffix = " ".join(name.get("suffix", []))
    return (name.get("family", ""), "".join(given[:1]), " ".join(given[1:]), suffix, "", "", kind)


def address(place: Body) -> Element:
    """XAD of a US home address; the country by ISO 3166 in three letters (table 0399)."""
    lines = place.get("line", [])
    country: str = place.get("country", "")
    country = "USA" if country == "US" else country
    town = (place.get("city", ""), place.get("state", ""), place.get("postalCode", ""), country)
    return ("".join(lines[:1]), " ".join(lines[1:]), *town, "H")


def telephone(contact: Body) -> Element:
    """XTN of a telephone number or an e-mail address; a number that is not American goes unformatted."""
    value = contact["value"]
    if contact["system"] == "email":
        return ("", "NET", "Internet", value)
    use, equipment = _PHONE_USES.get(contact.get("use", ""), ("PRN", "PH"))
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


def entity(resource_id: str) -> Element:
    """EI: a FHIR id as the number of an order, appointment or diagnosis."""
    return (resource_id, FACILITY)


def unit(quantity: Body) -> Element:
    """CE of a unit: UCUM code, and how people write it."""
    parts: tuple[Component, ...] = (quantity.get("code", ""), quantity.get("unit", ""), _system(quantity))
    return parts if quantity.get("code") else ("", quantity.get("unit", ""))


def limits(observation: Body) -> str:
    """OBX-7: 70-99, >=60 or <=199."""
    for reference in observation.get("referenceRange", [])[:1]:
        low, high = (number(reference[side]["value"]) if side in reference else "" for side in ("low", "high"))
        return f"{low}-{high}" if low and high else f">={low}" if low else f"<={high}"
    return ""


def measured(outcome: Body) -> tuple[str, Field]:
    """OBX-2 and OBX-5 of an Observation or component; both empty when there is no value.

    Raises ValueError for a type of value that these messages do not carry.
    """
    if (quantity := outcome.get("valueQuantity")) is not None:
        if "comparator" in quantity:
            return "SN", (quantity["comparator"], number(quantity["value"]))
        return "NM", number(quantity["value"])
    if "valueCodeableConcept" in outcome:
        return "CE", coded(outcome["valueCodeableConcept"])
    if "valueString" in outcome:
        return "ST", outcome["valueString"]
    if other := [name for name in outcome if name.startswith("value")]:
        raise ValueError(
            f"{other[0]} has no place in our OBX-5: valueQuantity, valueCodeableConcept and valueString do"
        )
    return "", ""


def _system(coding: Body) -> str:
    return _SYSTEMS.get(coding.get("system", ""), _LOCAL)
