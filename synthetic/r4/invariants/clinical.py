"""Invariants of clinical resources."""

from synthetic.r4.invariants.invariant import (
    Invariant,
    Table,
    any_of,
    choice_given,
    codings,
    excludes,
    given,
    implies,
)
from synthetic.r4.problem import Json
from synthetic.r4.references import target_type

THO = "http://terminology.hl7.org/CodeSystem/"
ALLERGY_IN_ERROR = (THO + "allergyintolerance-verification", "entered-in-error")
CONDITION_IN_ERROR = (THO + "condition-ver-status", "entered-in-error")
ABATED = {(THO + "condition-clinical", code) for code in ("resolved", "remission", "inactive")}


def allergy_has_status(allergy: Json, _root: Json) -> bool:
    """ait-1."""
    return given(allergy, "clinicalStatus") or ALLERGY_IN_ERROR in codings(allergy.get("verificationStatus"))


def allergy_error_has_no_status(allergy: Json, _root: Json) -> bool:
    """ait-2."""
    return "clinicalStatus" not in allergy or ALLERGY_IN_ERROR not in codings(allergy.get("verificationStatus"))


def abated_is_over(condition: Json, _root: Json) -> bool:
    """con-4."""
    return not choice_given(condition, "abatement") or bool(ABATED & codings(condition.get("clinicalStatus")))


def condition_error_has_no_status(condition: Json, _root: Json) -> bool:
    """con-5."""
    in_error = CONDITION_IN_ERROR in codings(condition.get("verificationStatus"))
    return not in_error or "clinicalStatus" not in condition


def value_or_absent_reason(observation: Json, _root: Json) -> bool:
    """obs-6."""
    return "dataAbsentReason" not in observation or not choice_given(observation, "value")


def value_not_repeated_in_component(observation: Json, _root: Json) -> bool:
    """obs-7: no value beside a component with the observation's own code."""
    components = observation.get("component")
    if not components or not choice_given(observation, "value"):
        return True
    own = codings(observation["code"])
    return not any(own & codings(component["code"]) for component in components)


def acts_for_somebody(participant: Json, root: Json) -> bool:
    """ctm-1: only a practitioner acts on behalf of somebody; a member that cannot be told counts as one."""
    reference = participant.get("member", {}).get("reference")
    if "onBehalfOf" not in participant or not reference:
        return True
    return target_type(reference, root) in (None, "Practitioner")


CLINICAL: Table = {
    "AllergyIntolerance": (
        Invariant("ait-1", "clinicalStatus is missing (only entered-in-error has none)", allergy_has_status),
        Invariant("ait-2", "entered-in-error must have no clinicalStatus", allergy_error_has_no_status),
    ),
    "CarePlan.activity": (
        Invariant("cpl-3", "reference and detail exclude each other", excludes("reference", "detail")),
    ),
    "CareTeam.participant": (
        Invariant("ctm-1", "onBehalfOf is only allowed when member is a Practitioner", acts_for_somebody),
    ),
    "Condition": (
        Invariant("con-4", "an abated condition is inactive, resolved or in remission", abated_is_over),
        Invariant("con-5", "entered-in-error must have no clinicalStatus", condition_error_has_no_status),
    ),
    "Condition.stage": (Invariant("con-1", "needs summary or assessment", any_of("summary", "assessment")),),
    "Condition.evidence": (Invariant("con-2", "needs code or detail", any_of("code", "detail")),),
    "Goal.target": (
        Invariant(
            "gol-1",
            "detail[x] is only allowed together with measure",
            lambda target, _root: "measure" in target or not choice_given(target, "detail"),
        ),
    ),
    "Immunization.education": (
        Invariant("imm-1", "needs documentType or reference", any_of("documentType", "reference")),
    ),
    "Observation": (
        Invariant("obs-6", "dataAbsentReason and value[x] exclude each other", value_or_absent_reason),
        Invariant("obs-7", "no value[x] beside a component of the same code", value_not_repeated_in_component),
    ),
    "Observation.referenceRange": (Invariant("obs-3", "needs low, high or text", any_of("low", "high", "text")),),
    "ServiceRequest": (
        Invariant("prr-1", "orderDetail is only allowed together with code", implies("orderDetail", "code")),
    ),
}
