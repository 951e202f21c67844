"""Reading the body of an operation: a Parameters resource in JSON."""

from __future__ import annotations

from typing import Any

from mock_ehr import exact_json
from mock_ehr.message import Request
from mock_ehr.vendors.epic.outcomes import Issue

JSON_TYPES = ("application/fhir+json", "application/json", "application/json+fhir")
XML_TYPES = ("application/fhir+xml", "application/xml", "text/xml")


class OperationRefusedError(Exception):
    """An operation that is refused with `status` and `issues`."""

    def __init__(self, status: int, *issues: Issue) -> None:
        super().__init__(status, issues)
        self.status = status
        self.issues = issues


class UnreadXmlError(Exception):
    """A body in XML, which the mock does not read."""


def read_parameters(request: Request) -> dict[str, dict[str, Any]]:
    """Return the parameters by name; of several with one name the last.

    Raises OperationRefusedError (59105 no JSON, 59102 no Parameters) and UnreadXmlError.
    """
    media = request.header("content-type").partition(";")[0].strip().lower()
    if media in XML_TYPES:
        raise UnreadXmlError
    if media not in JSON_TYPES:
        raise OperationRefusedError(415, Issue(59102, f"Content-Type {media!r} is not supported."))
    try:
        body = exact_json.loads(request.body.decode("utf-8"))
    except ValueError as error:
        raise OperationRefusedError(400, Issue(59105, f"The body is not valid JSON: {error}")) from error
    listed = body.get("parameter") if isinstance(body, dict) and body.get("resourceType") == "Parameters" else None
    if not isinstance(listed, list) or not all(isinstance(part, dict) for part in listed):
        raise OperationRefusedError(400, Issue(59102, "The body is no Parameters resource.", ("resourceType",)))
    return {part["name"]: part for part in listed if isinstance(part.get("name"), str)}


def take(parts: dict[str, dict[str, Any]], name: str, key: str, wanted: type, *, required: bool = True) -> Any:
    """Return the value of a parameter, None for one that may be missing and is.

    Raises OperationRefusedError: 59108 when it is missing, 59102 when it is of another type.
    """
    part = parts.get(name)
    if part is None:
        if required:
            raise OperationRefusedError(400, Issue(59108, f"The parameter {name} is missing.", (name,)))
        return None
    value = part.get(key)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise OperationRefusedError(400, Issue(59102, f"The parameter {name} has no {key} of the right type.", (name,)))
    return value
