"""Which part of Epic's surface a request is for. Nothing here answers or judges."""

from __future__ import annotations

from dataclasses import dataclass

from mock_ehr.message import Request

IMPLEMENTED = (
    "AllergyIntolerance",
    "Appointment",
    "Condition",
    "Encounter",
    "MedicationRequest",
    "Observation",
    "Patient",
)
CREATABLE = ("AllergyIntolerance", "Condition", "Observation")

# What Epic offers beyond that (CapabilityStatement, 2026-05; the rest from its public index of APIs).
# Asked for, the mock says 501 and names it.
EPIC_CREATES = (
    "BodyStructure",
    "Communication",
    "ConceptMap",
    "DocumentReference",
    "Patient",
    "Procedure",
    "QuestionnaireResponse",
    "ServiceRequest",
)
EPIC_UPDATES = (
    "BodyStructure",
    "DiagnosticReport",
    "DocumentReference",
    "Observation",
    "Procedure",
    "ServiceRequest",
    "Task",
)
EPIC_TYPES = frozenset(
    (
        *IMPLEMENTED,
        *EPIC_CREATES,
        *EPIC_UPDATES,
        "AdverseEvent",
        "Binary",
        "CarePlan",
        "CareTeam",
        "Consent",
        "Contract",
        "Coverage",
        "Device",
        "DeviceRequest",
        "DeviceUseStatement",
        "Endpoint",
        "EpisodeOfCare",
        "ExplanationOfBenefit",
        "FamilyMemberHistory",
        "Flag",
        "Goal",
        "Group",
        "ImagingStudy",
        "Immunization",
        "ImmunizationRecommendation",
        "List",
        "Location",
        "Measure",
        "MeasureReport",
        "Media",
        "Medication",
        "MedicationAdministration",
        "MedicationDispense",
        "NutritionOrder",
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "Provenance",
        "Questionnaire",
        "RelatedPerson",
        "RequestGroup",
        "ResearchStudy",
        "ResearchSubject",
        "Slot",
        "Specimen",
        "Substance",
        "ValueSet",
    )
)
OPERATIONS = {("Patient", "$match"), ("Patient", "$summary"), ("Group", "$export")}
OAUTH = ("authorize", "introspect", "register", "revoke", "userinfo")


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request leads.

    `action` is token, metadata, smart, read, search, next-page or create, or one of the dead ends: lost (HTML
    404), method, logoff, oauth and unimplemented (`feature` names what is not offered).
    """

    action: str
    resource_type: str = ""
    resource_id: str = ""
    feature: str = ""


LOST = Route("lost")
METHOD = Route("method")


def find_route(instance: str, request: Request) -> Route:
    """Return the route of `request` for the Epic instance named `instance`."""
    segments = request.segments()
    if len(segments) < 2 or segments[0] != instance:
        return LOST
    if segments[1] == "oauth2":
        return oauth_route(segments[2:])
    if segments[1:3] != ("api", "FHIR"):
        return LOST
    if segments[3:4] == ("R4",):
        return fhir_route(request, segments[4:])
    if segments[3:4] in (("STU3",), ("DSTU2",), ("BulkRequest",)):
        return Route("unimplemented", feature=f"{segments[3]} (only R4 is offered)")
    return LOST


def oauth_route(rest: tuple[str, ...]) -> Route:
    """Return the route under `{instance}/oauth2`."""
    if rest == ("token",):
        return Route("token")
    if len(rest) == 1 and rest[0] in OAUTH:
        return Route("oauth", feature=f"oauth2/{rest[0]}")
    return Route("logoff")


def fhir_route(request: Request, rest: tuple[str, ...]) -> Route:
    """Return the route under the R4 base."""
    if rest == ("metadata",):
        return Route("metadata") if request.method == "GET" else METHOD
    if rest == (".well-known", "smart-configuration"):
        return Route("smart") if request.method == "GET" else METHOD
    if not rest or rest[0] not in EPIC_TYPES or len(rest) > 3:
        return LOST
    special = special_route(request, rest)
    if special is not None:
        return special
    if len(rest) == 1:
        return type_route(request, rest[0])
    return instance_route(request, rest[0], rest[1])


def special_route(request: Request, rest: tuple[str, ...]) -> Route | None:
    """Return the route of an operation, of `_search` or of `_history`; None when it is none of them."""
    last = rest[-1]
    if len(rest) > 1 and last.startswith("$"):
        known = (rest[0], last) in OPERATIONS
        return Route("unimplemented", rest[0], feature=f"the operation {rest[0]}/{last}") if known else LOST
    if len(rest) == 2 and last == "_search":
        return Route("unimplemented", rest[0], feature="search by POST") if request.method == "POST" else LOST
    return LOST if len(rest) == 3 else None


def type_route(request: Request, resource_type: str) -> Route:
    """Return the route of `{Type}`: search, a page of it, or create."""
    if request.method == "POST":
        if resource_type in CREATABLE:
            return Route("create", resource_type)
        if resource_type in EPIC_CREATES:
            return Route("unimplemented", resource_type, feature=f"create of {resource_type}")
        return METHOD
    if request.method != "GET":
        return METHOD
    if resource_type not in IMPLEMENTED:
        return Route("unimplemented", resource_type, feature=f"the resource type {resource_type}")
    paged = request.query.startswith("sessionID=") or "&sessionID=" in request.query
    return Route("next-page" if paged else "search", resource_type)


def instance_route(request: Request, resource_type: str, resource_id: str) -> Route:
    """Return the route of `{Type}/{id}`: read, or update which is not offered."""
    if request.method == "PUT" and resource_type in EPIC_UPDATES:
        return Route("unimplemented", resource_type, resource_id, f"update of {resource_type}")
    if request.method != "GET":
        return METHOD
    if resource_type not in IMPLEMENTED:
        return Route("unimplemented", resource_type, resource_id, f"the resource type {resource_type}")
    return Route("read", resource_type, resource_id)
