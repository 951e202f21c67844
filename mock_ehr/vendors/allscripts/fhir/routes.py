"""Which part of Veradigm's FHIR surface a request is for."""

from __future__ import annotations

from dataclasses import dataclass

from mock_ehr.message import Request

# Types of the CapabilityStatement of 2026-08 that the population has (V2). No Appointment, Slot or Schedule.
TYPES = (
    "AllergyIntolerance",
    "Binary",
    "CarePlan",
    "Condition",
    "Coverage",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Group",
    "Immunization",
    "Location",
    "Medication",
    "MedicationRequest",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "RelatedPerson",
    "ServiceRequest",
)
# What the CapabilityStatement promises to create and update, "about a dozen" (V2), and nobody may (V1 V3). Which ones
# those are is a choice of ours.
PROMISED_WRITES = (
    "AllergyIntolerance",
    "CarePlan",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Immunization",
    "MedicationRequest",
    "Observation",
    "Patient",
    "Procedure",
    "ServiceRequest",
)
WRITES = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "other"}
OPEN = {("metadata",): "metadata", (".well-known", "smart-configuration"): "smart"}
JOBS, FILES = "bulkstatus", "bulkfiles"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request leads.

    `action` is token, metadata, smart, read, search, next-page, write, export, poll, cancel, file, or a dead end: lost
    or unimplemented (`feature` names what is not offered).
    """

    action: str
    resource_type: str = ""
    resource_id: str = ""
    feature: str = ""


LOST = Route("lost")


def find_route(request: Request, fhir_path: str, oauth_path: str) -> Route | None:
    """Return the route of a request, None when it is for neither of the two parts."""
    path = request.path
    if path == oauth_path or path.startswith(f"{oauth_path}/"):
        return oauth_route(path.removeprefix(oauth_path).strip("/"))
    if path != fhir_path and not path.startswith(f"{fhir_path}/"):
        return None
    depth = fhir_path.count("/")
    rest = tuple(part for part in request.segments()[depth:] if part)
    return fhir_route(request, rest)


def oauth_route(rest: str) -> Route:
    """Return the route below the OAuth endpoints."""
    if rest == "token":
        return Route("token")
    if rest in ("authorize", "introspect", "revocation", "userinfo"):
        return Route("unimplemented", feature=f"the OAuth endpoint {rest}")
    return LOST


def fhir_route(request: Request, rest: tuple[str, ...]) -> Route:
    """Return the route below the FHIR base."""
    if rest in OPEN:
        return Route(OPEN[rest])
    if len(rest) == 2 and rest[0] in (JOBS, FILES):
        return job_route(request, *rest)
    return data_route(request, rest) if rest and rest[0] in TYPES and len(rest) <= 3 else LOST


def data_route(request: Request, rest: tuple[str, ...]) -> Route:
    """Return the route of a resource type."""
    if any(part.startswith("$") for part in rest):
        return operation_route(rest)
    if rest[-1].startswith("_"):
        return Route("unimplemented", rest[0], feature=f"{'/'.join(rest)}")
    if request.method not in ("GET", "HEAD"):
        return Route("write", rest[0], rest[1] if len(rest) > 1 else "")
    if len(rest) > 1:
        return Route("read", *rest) if len(rest) == 2 else LOST
    return Route("next-page" if "_page=" in request.query else "search", rest[0])


def operation_route(rest: tuple[str, ...]) -> Route:
    """Return the route of an operation."""
    if len(rest) == 3 and rest[0] == "Group" and rest[2] == "$export":
        return Route("export", "Group", rest[1])
    if rest[-1] in ("$docref", "$export"):
        return Route("unimplemented", rest[0], feature=f"the operation {'/'.join(rest)}")
    return LOST


def job_route(request: Request, part: str, key: str) -> Route:
    """Return the route of an export that was started."""
    if part == FILES:
        return Route("file", resource_id=key)
    return Route("cancel" if request.method == "DELETE" else "poll", resource_id=key)
