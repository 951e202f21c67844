"""What the EHR's refusals (4xx) mean to a consumer: its own codes are understood, its own words are not repeated.

Epic reports by numbered issue codes, several in one outcome, and the first need not be the cause; it also answers with
empty bodies and HTML pages. Source: Epic's FHIR troubleshooting documentation (fhir.epic.com).
"""

from __future__ import annotations

from collections.abc import Mapping

from reference_gateway.ehr_request import EhrReply
from reference_gateway.json_text import MalformedJson, read
from reference_gateway.refusal import Refusal

_BY_CODE: Mapping[str, tuple[int, str, str]] = {
    "4102": (404, "not-found", "the record was not found"),
    "59008": (404, "not-found", "the record was not found"),
    "4103": (410, "deleted", "the record was deleted"),
    "4107": (410, "deleted", "the record was merged into another"),
    "4113": (410, "processing", "the search has expired at the EHR; start it again"),
    "4100": (400, "invalid", "the EHR refused a search parameter's value"),
    "4110": (400, "required", "the EHR needs more search parameters"),
    "4111": (400, "required", "the EHR needs more search parameters"),
    "4112": (400, "invalid", "the EHR refused the combination of search parameters"),
    "4115": (400, "invalid", "the EHR refused a search parameter's value"),
    "4118": (403, "forbidden", "the EHR does not release this record"),
    "4127": (400, "too-costly", "too many patients match; give more parameters"),
    "4130": (403, "forbidden", "the EHR does not release this record without a reason"),
    "4131": (403, "forbidden", "the EHR does not release this record"),
    "4135": (503, "throttled", "a daily limit of the EHR is reached"),
    "59012": (422, "business-rule", "the EHR does not accept this status for new records"),
    "59102": (422, "invalid", "the EHR refused the content"),
    "59105": (422, "structure", "the EHR refused the content"),
    "59108": (400, "required", "the EHR misses a required element or parameter"),
    "59111": (400, "invalid", "the EHR refused the value of an element or parameter"),
    "59141": (409, "duplicate", "the EHR has this record already"),
    "59144": (422, "business-rule", "a referenced record does not exist"),
    "59159": (400, "business-rule", "the EHR refused the request by one of its rules"),
    "59187": (422, "business-rule", "the EHR cannot file this reading"),
    "59188": (422, "business-rule", "the EHR has no flowsheet row for this code"),
    "59189": (409, "duplicate", "the EHR has a reading of this kind for this moment already"),
}
_BY_STATUS: Mapping[int, tuple[int, str, str]] = {
    400: (400, "invalid", "the EHR refused the request"),
    404: (404, "not-found", "the record was not found"),
    409: (409, "conflict", "the EHR reports a conflict"),
    410: (410, "deleted", "the record was deleted"),
    412: (412, "conflict", "the record has changed meanwhile"),
    422: (422, "processing", "the EHR refused the content"),
}


class EhrErrors:
    """Maps the EHR's 4xx answers."""

    def refusal(self, reply: EhrReply) -> Refusal:
        """Return what the consumer is told about an answer that is not a success."""
        for code in self.codes(reply):
            if code in _BY_CODE:
                return _refusal(*_BY_CODE[code])
        if reply.status in _BY_STATUS:
            return _refusal(*_BY_STATUS[reply.status])
        text = "the EHR does not let the gateway do this"
        return Refusal(502, "processing", text, reason=f"ehr-status-{reply.status}")

    def codes(self, reply: EhrReply) -> list[str]:
        """Return the EHR's own issue codes, causes before mere information."""
        return issue_codes(reply)


def issue_codes(reply: EhrReply) -> list[str]:
    """Return the codes of an OperationOutcome in the answer, fatal and error first, [] when there is none."""
    try:
        content = read(reply.body)
    except MalformedJson:
        return []
    issues = content.get("issue") if isinstance(content, dict) else None
    found: list[tuple[bool, str]] = []
    for issue in issues if isinstance(issues, list) else []:
        severity = issue.get("severity") if isinstance(issue, dict) else None
        details = issue.get("details") if isinstance(issue, dict) else None
        codings = details.get("coding") if isinstance(details, dict) else None
        for coding in codings if isinstance(codings, list) else []:
            if isinstance(coding, dict):
                found.append((severity not in ("fatal", "error"), str(coding.get("code"))))
    return [code for _, code in sorted(found, key=lambda item: item[0])]


def _refusal(status: int, code: str, text: str) -> Refusal:
    headers = {"Retry-After": "3600"} if status == 503 else {}
    return Refusal(status, code, text, reason=f"ehr-{code}", headers=headers)
