"""Invariants of US Core 6.1.0 with severity error, by the names that profiles.toml uses.

us-core-3 (UCUM in clinical results) is left out: as published in 6.1.0 its expression never fails. us-core-4 and
us-core-5 are warnings.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from synthetic.r4.invariants.invariant import choice_given, codings, given
from synthetic.r4.problem import Json
from synthetic.r4.references import target_type
from synthetic.r4.us_core.demographics import birth_sex, ethnicity, race

DATA_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
NPI = "http://hl7.org/fhir/sid/us-npi"
CLIA = "urn:oid:2.16.840.1.113883.4.7"
NAIC = "urn:oid:2.16.840.1.113883.6.300"
MEMBER_NUMBER = ("http://terminology.hl7.org/CodeSystem/v2-0203", "MB")
REPORTED = frozenset({"partial", "preliminary", "final", "amended", "corrected", "appended"})
ORDERS = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
# Path below the resource and message of each place that breaks an invariant.
Broken = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """An invariant under the key of the specification; `broken_at` yields the places that break it."""

    key: str
    broken_at: Callable[[Json], Broken]


def name_or_reason(patient: Json) -> Broken:
    """us-core-6 of Patient.name."""
    for index, name in enumerate(patient.get("name", [])):
        reasons = [extension.get("url") for extension in name.get("extension", [])]
        if (given(name, "family") or given(name, "given")) == (DATA_ABSENT in reasons):
            yield f"name[{index}]", "needs family or given, else the data-absent-reason extension, not both"


def content_or_url(document: Json) -> Broken:
    """us-core-6 of DocumentReference.content.attachment."""
    for index, content in enumerate(document.get("content", [])):
        if not given(content["attachment"], "url") and not given(content["attachment"], "data"):
            yield f"content[{index}].attachment", "needs url or data"


def precise_to_the_day(observation: Json) -> Broken:
    """us-core-1 and vs-1."""
    if len(observation.get("effectiveDateTime", "2000-01-01")) < 10:
        yield "effectiveDateTime", "must be precise at least to the day"


def value_or_reason(observation: Json) -> Broken:
    """us-core-2 and vs-2."""
    answered = choice_given(observation, "value") or "dataAbsentReason" in observation
    if not answered and "component" not in observation and "hasMember" not in observation:
        yield "", "needs value[x] or dataAbsentReason, else component or hasMember"


def component_value_or_reason(observation: Json) -> Broken:
    """vs-3."""
    for index, component in enumerate(observation.get("component", [])):
        if not choice_given(component, "value") and "dataAbsentReason" not in component:
            yield f"component[{index}]", "needs value[x] or dataAbsentReason"


def performed(procedure: Json) -> Broken:
    """us-core-7."""
    if procedure.get("status") in ("completed", "in-progress") and not choice_given(procedure, "performed"):
        yield "performed[x]", "must be there when the status is completed or in-progress"


def effective(report: Json) -> Broken:
    """us-core-8 and us-core-10."""
    if report.get("status") in REPORTED and not choice_given(report, "effective"):
        yield "effective[x]", "must be there once something is reported"


def issued(report: Json) -> Broken:
    """us-core-9."""
    if report.get("status") in REPORTED and not given(report, "issued"):
        yield "issued", "must be there once something is reported"


def some_role(role: Json) -> Broken:
    """us-core-13."""
    if not any(name in role for name in ("practitioner", "organization", "healthcareService", "location")):
        yield "", "needs practitioner, organization, healthcareService or location"


def contact_or_endpoint(role: Json) -> Broken:
    """pd-1."""
    if "telecom" not in role and "endpoint" not in role:
        yield "", "needs telecom or endpoint"


def name_or_relationship(person: Json) -> Broken:
    """us-core-14."""
    if "name" not in person and "relationship" not in person:
        yield "", "needs name or relationship"


def member_number(coverage: Json) -> Broken:
    """us-core-15."""
    types = [codings(identifier.get("type")) for identifier in coverage.get("identifier", [])]
    if not given(coverage, "subscriberId") and not any(MEMBER_NUMBER in found for found in types):
        yield "", "needs subscriberId or an identifier of type MB"


def one_payor(coverage: Json) -> Broken:
    """Coverage.payor is 1..1."""
    if len(coverage.get("payor", [])) > 1:
        yield "payor", "at most one payor"


def handed_over(dispense: Json) -> Broken:
    """us-core-20."""
    if dispense.get("status") == "completed" and not given(dispense, "whenHandedOver"):
        yield "whenHandedOver", "must be there when the status is completed"


def requested(order: Json) -> Broken:
    """us-core-21."""
    if order.get("intent") in ORDERS and "requester" not in order:
        yield "requester", "must be there when the intent is an order"


def on_behalf(provenance: Json) -> Broken:
    """provenance-1, as far as the reference shows the type of the agent."""
    for index, agent in enumerate(provenance.get("agent", [])):
        reference = agent.get("who", {}).get("reference")
        kind = target_type(reference, provenance) if reference else None
        if kind in ("Practitioner", "Device") and "onBehalfOf" not in agent:
            yield f"agent[{index}]", f"a {kind} acts for somebody: onBehalfOf must be there"


def identifiers(resource: Json, system: str) -> Iterator[tuple[str, str]]:
    """Path and value of the identifiers of a system."""
    for index, identifier in enumerate(resource.get("identifier", [])):
        if identifier.get("system") == system and "value" in identifier:
            yield f"identifier[{index}].value", identifier["value"]


def formatted(resource: Json, system: str, pattern: str, text: str) -> Broken:
    """Identifiers of a system that do not have its form."""
    for path, value in identifiers(resource, system):
        if not re.fullmatch(pattern, value, re.ASCII):
            yield path, f"{value!r} is not {text}"


def npi_digits(resource: Json) -> Broken:
    """us-core-16."""
    return formatted(resource, NPI, "[0-9]{10}", "an NPI: 10 digits")


def npi_check_digit(resource: Json) -> Broken:
    """us-core-17: Luhn over the prefix 80840, which counts 24, and the ten digits."""
    for path, value in identifiers(resource, NPI):
        if re.fullmatch("[0-9]{10}", value, re.ASCII):
            doubled = [int(digit) * 2 for digit in value[::2]]
            total = 24 + sum(number // 10 + number % 10 for number in doubled)
            if (total + sum(int(digit) for digit in value[1::2])) % 10:
                yield path, f"the check digit of the NPI {value} is wrong"


def clia_number(resource: Json) -> Broken:
    """us-core-18."""
    return formatted(resource, CLIA, "[0-9]{2}D[0-9]{7}", "a CLIA number: 2 digits, D, 7 digits")


def naic_code(resource: Json) -> Broken:
    """us-core-19."""
    return formatted(resource, NAIC, "[0-9]{5}", "a NAIC code: 5 digits")


INVARIANTS = {
    "us-core-1": Rule("us-core-1", precise_to_the_day),
    "us-core-2": Rule("us-core-2", value_or_reason),
    "us-core-6-name": Rule("us-core-6", name_or_reason),
    "us-core-6-document": Rule("us-core-6", content_or_url),
    "us-core-7": Rule("us-core-7", performed),
    "us-core-8": Rule("us-core-8", effective),
    "us-core-9": Rule("us-core-9", issued),
    "us-core-10": Rule("us-core-10", effective),
    "us-core-13": Rule("us-core-13", some_role),
    "us-core-14": Rule("us-core-14", name_or_relationship),
    "us-core-15": Rule("us-core-15", member_number),
    "us-core-16": Rule("us-core-16", npi_digits),
    "us-core-17": Rule("us-core-17", npi_check_digit),
    "us-core-18": Rule("us-core-18", clia_number),
    "us-core-19": Rule("us-core-19", naic_code),
    "us-core-20": Rule("us-core-20", handed_over),
    "us-core-21": Rule("us-core-21", requested),
    "one-payor": Rule("us-core-cardinality", one_payor),
    "pd-1": Rule("pd-1", contact_or_endpoint),
    "provenance-1": Rule("provenance-1", on_behalf),
    "vs-1": Rule("vs-1", precise_to_the_day),
    "vs-2": Rule("vs-2", value_or_reason),
    "vs-3": Rule("vs-3", component_value_or_reason),
    "race": Rule("us-core-race", race),
    "ethnicity": Rule("us-core-ethnicity", ethnicity),
    "birthsex": Rule("us-core-birthsex", birth_sex),
}
