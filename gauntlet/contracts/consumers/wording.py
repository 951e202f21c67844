"""What contracts are worded with: one request, the state it takes for granted, and the parts of the answer that matter.

A consumer asks for what it reads and no more; what is not named here a gateway may deliver or leave out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pact import Pact, generate, match
from pact.match.matcher import AbstractMatcher, GenericMatcher

from gauntlet.contracts.interaction import PROVIDER

FHIR_JSON = "application/fhir+json"
MEDIA_TYPE = r"(?i)application/fhir\+json(;.*)?"  # in either case (RFC 9110, 8.3.1), with any parameters
LOINC = "http://loinc.org"
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
DATE = r"\d{4}(-\d\d(-\d\d(T.+)?)?)?"
# Stand-ins for what a provider state gives, in examples only.
EXAMPLES = MappingProxyType(
    {
        "patient": "ePatient1",
        "appointment": "eAppointment1",
        "prescription": "ePrescription1",
        "allergy": "eAllergy1",
        "result": "eResult1",
        "mrn": "1234567890",
        "mrn_system": "urn:oid:1.2.3",
        "family": "Testova",
        "given": "Anna",
        "birthdate": "1980-02-29",
        "status": "active",
        "code": "2345-7",
        "phone": "+1-212-555-0100",
    }
)


def example(expression: str) -> str:
    """Return `expression` with its `${name}` replaced by stand-ins."""
    return re.sub(r"\$\{(\w+)\}", lambda found: EXAMPLES[found[1]], expression)


def given(expression: str) -> AbstractMatcher[Any]:
    """Match exactly what the provider state gives: `given("Patient/${patient}")`."""
    return GenericMatcher("equality", value=example(expression), generator=generate.provider_state(expression))


def exactly(value: str) -> AbstractMatcher[Any]:
    """Match this value; inside a list a plain value would be matched by its type only."""
    return GenericMatcher("equality", value=value)


def one_of(*codes: str) -> AbstractMatcher[Any]:
    """Match one of these codes."""
    return match.regex(codes[0], regex="^(" + "|".join(map(re.escape, codes)) + ")$")


def like(shown: str, pattern: str) -> AbstractMatcher[Any]:
    """Match text of a pattern; `shown` is the example."""
    return match.regex(shown, regex=f"^{pattern}$")


@dataclass(frozen=True)
class Asked:
    """One interaction: description, state, GET of path and query, and the answer's status and body."""

    description: str
    state: str
    path: str
    body: Mapping[str, Any]
    query: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


def searchset(entry: Mapping[str, Any], *, only: bool = False) -> dict[str, Any]:
    """Return a searchset whose every entry, at least one, holds such a resource; `only`: exactly one entry."""
    entries = [{"resource": entry}] if only else match.each_like({"resource": entry}, min=1)
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def refusal(code: str) -> dict[str, Any]:
    """Return an OperationOutcome one of whose issues has this code; others may stand beside it, in any order."""
    issue = {"severity": one_of("error", "fatal"), "code": exactly(code)}
    return {"resourceType": "OperationOutcome", "issue": match.array_containing([issue])}


def contract(consumer: str, *interactions: Asked) -> Pact:
    """Return the contract of a consumer with every gateway."""
    pact = Pact(consumer, PROVIDER).with_specification("V4")
    for asked in interactions:
        _add(pact, asked)
    return pact


def _add(pact: Pact, asked: Asked) -> None:
    interaction = pact.upon_receiving(asked.description).given(asked.state).with_request("GET", example(asked.path))
    if "${" in asked.path:
        path = {"type": "ProviderState", "expression": asked.path}
        interaction.with_generators({"path": path}, "Request")
    interaction.with_header("Accept", FHIR_JSON, "Request")
    for name, value in asked.query.items():
        interaction.with_query_parameter(name, given(value) if "${" in value else value)
    interaction.will_respond_with(asked.status)
    interaction.with_header("Content-Type", match.regex(FHIR_JSON, regex=MEDIA_TYPE), "Response")
    interaction.with_body(dict(asked.body), FHIR_JSON, "Response")
