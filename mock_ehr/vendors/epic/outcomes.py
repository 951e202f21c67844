"""OperationOutcome as Epic writes it: own codes in `details.coding`, fatal where others say error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

CODE_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one of Epic's codes stands for: severity and type of the issue, and a text of our own."""

    severity: str
    type: str
    text: str


# vendors.md 1.6: codes and severities seen (E1 to E4). Types of issue where no capture has one are R4's closest.
CODES: Mapping[int, Meaning] = {
    4100: Meaning("fatal", "invalid", "The request holds a parameter that is not valid."),
    4101: Meaning("warning", "not-found", "The search matched nothing."),
    4102: Meaning("fatal", "value", "The id of the read is not valid."),
    4103: Meaning("fatal", "deleted", "The resource was deleted."),
    4104: Meaning("fatal", "required", "A required element of the resource cannot be produced."),
    4107: Meaning("fatal", "not-found", "The record was merged into another one."),
    4110: Meaning("fatal", "required", "The request has no parameters."),
    4111: Meaning("fatal", "required", "A required parameter is missing."),
    4112: Meaning("fatal", "invalid", "This combination of parameters is not valid."),
    4113: Meaning("fatal", "expired", "The paging session has expired."),
    4115: Meaning("fatal", "value", "A required parameter has a value that is not valid."),
    4116: Meaning("fatal", "invalid", "The query does not fit the paging session."),
    4117: Meaning("warning", "code-invalid", "An immunization has no CVX code."),
    4118: Meaning("fatal", "forbidden", "The user is not authorized to see this."),
    4119: Meaning("warning", "incomplete", "More data may exist than is shown."),
    4122: Meaning("warning", "not-supported", "The request holds a parameter that is not known."),
    4127: Meaning("fatal", "too-costly", "The search would return too many patients; narrow it."),
    4130: Meaning("fatal", "forbidden", "The glass has to be broken for this patient."),
    4131: Meaning("fatal", "forbidden", "The patient is restricted."),
    4134: Meaning("information", "informational", "The patient is protected: what is seen here is recorded."),
    4135: Meaning("fatal", "throttled", "The daily number of document queries is used up."),
    40000: Meaning("fatal", "exception", "The resource could not be mapped."),
    59007: Meaning("fatal", "forbidden", "The client is not authorized for this file."),
    59008: Meaning("fatal", "not-found", "No resource has this id."),
    59011: Meaning("fatal", "multiple-matches", "Several patients match with high confidence."),
    59012: Meaning("fatal", "not-supported", "The value of a modifier is not supported."),
    59013: Meaning("fatal", "not-found", "Only patients of low confidence match."),
    59100: Meaning("information", "not-supported", "A parameter is not known and was ignored."),
    59101: Meaning("warning", "code-invalid", "A category is not known."),
    59102: Meaning("fatal", "invalid", "The content is not valid."),
    59105: Meaning("fatal", "structure", "The body is not valid JSON."),
    59108: Meaning("fatal", "required", "A required element or parameter is missing."),
    59109: Meaning("information", "value", "An optional value is not valid and was ignored."),
    59111: Meaning("fatal", "value", "A required value is not valid."),
    59130: Meaning("warning", "forbidden", "The client is not authorized for a resource type."),
    59133: Meaning("information", "informational", "A notice on how the request was processed."),
    59134: Meaning("warning", "processing", "The request could be processed in part only."),
    59136: Meaning("warning", "not-supported", "A resource type is not supported."),
    59138: Meaning("fatal", "not-supported", "The value of a flag is not supported."),
    59141: Meaning("fatal", "duplicate", "The same is there already."),
    59144: Meaning("fatal", "not-found", "A referenced resource was not found."),
    59159: Meaning("fatal", "business-rule", "The request breaks a business rule."),
    59177: Meaning("fatal", "exception", "Internal error."),
    59187: Meaning("fatal", "processing", "The flowsheet reading could not be filed."),
    59188: Meaning("fatal", "code-invalid", "The LOINC code is not mapped to a flowsheet row."),
    59189: Meaning("fatal", "duplicate", "The flowsheet holds a reading for this code and instant already."),
    59204: Meaning("warning", "suppressed", "The client is not authorized for a sub-type; its results are left out."),
}


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue: Epic's code, a diagnostics text, and the element or parameter it points at."""

    code: int
    diagnostics: str = ""
    elements: tuple[str, ...] = ()
    severity: str = ""  # instead of the code's own

    def as_dict(self) -> dict[str, Any]:
        """Return the issue as FHIR JSON."""
        meaning = CODES[self.code]
        shown: dict[str, Any] = {
            "severity": self.severity or meaning.severity,
            "code": meaning.type,
            "details": {
                "coding": [{"system": CODE_SYSTEM, "code": str(self.code), "display": meaning.text}],
                "text": meaning.text,
            },
        }
        if self.diagnostics:
            shown["diagnostics"] = self.diagnostics
        if self.elements:
            shown["location"] = ["/f:" + element.replace(".", "/f:") for element in self.elements]
            shown["expression"] = list(self.elements)
        return shown


def outcome(*issues: Issue) -> bytes:
    """Return an OperationOutcome with the issues in the order given."""
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue.as_dict() for issue in issues]})


def unimplemented_outcome(feature: str) -> bytes:
    """Return the outcome of a 501: this is the mock speaking, not Epic, and it names what is missing."""
    text = f"Not implemented by the mock EHR: {feature}."
    issue = {"severity": "fatal", "code": "not-supported", "details": {"text": text}, "diagnostics": text}
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue]})
