"""What Epic's R4 API offers, and which part of it the mock serves.

Creates and updates are those of the sandbox's CapabilityStatement (vendors.md 1.2: E1); further types come from
Epic's public index of APIs. What Epic has and the mock does not is answered with 501 and named.
"""

from __future__ import annotations

# Every type that the population holds. Schedule is not known to be in Epic's R4 API (gap); Slots point at it.
READABLE = (
    "AllergyIntolerance",
    "Appointment",
    "Binary",
    "CarePlan",
    "Condition",
    "Consent",
    "Coverage",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
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
    "Schedule",
    "ServiceRequest",
    "Slot",
)
READ_ONLY = ("Binary", "Provenance")  # no search: Provenance comes with others by _revinclude (E1)
SEARCHABLE = tuple(name for name in READABLE if name not in READ_ONLY)
# Types that are nobody's chart. Searches of them go through all there are.
DIRECTORY = ("Location", "Medication", "Organization", "Practitioner", "PractitionerRole", "Schedule", "Slot")

CREATABLE = (
    "AllergyIntolerance",
    "Condition",
    "DocumentReference",
    "Observation",
    "Patient",
    "Procedure",
    "ServiceRequest",
)
UPDATABLE = ("DiagnosticReport", "DocumentReference", "Observation", "Procedure", "ServiceRequest")
EPIC_CREATES = (*CREATABLE, "BodyStructure", "Communication", "ConceptMap", "QuestionnaireResponse")
EPIC_UPDATES = (*UPDATABLE, "BodyStructure", "Task")

EPIC_TYPES = frozenset((
    *READABLE, *EPIC_CREATES, *EPIC_UPDATES,
    "AdverseEvent", "CareTeam", "Contract", "Device", "DeviceRequest", "DeviceUseStatement", "Endpoint",
    "EpisodeOfCare", "ExplanationOfBenefit", "FamilyMemberHistory", "Flag", "Goal", "Group", "ImagingStudy",
    "ImmunizationRecommendation", "List", "Measure", "MeasureReport", "Media", "MedicationAdministration",
    "MedicationDispense", "NutritionOrder", "Questionnaire", "RequestGroup", "ResearchStudy", "ResearchSubject",
    "Specimen", "Substance", "ValueSet",
))  # fmt: skip
