"""Family CON: whatever was delivered to any check of the run is valid FHIR R4 and meets US Core."""

import pytest

from gauntlet import expect
from gauntlet.breaches import breaches, held_resources
from gauntlet.errors import Inconclusive
from gauntlet.second_opinion import second_opinion
from gauntlet.sweep import sweep
from synthetic.r4.rules import problems
from synthetic.r4.us_core import us_core_problems

CHARTS = 4
SHOWN = 12
# Must-support elements of US Core 6.1 that a record of the EHR can have, by type; [x] is any type of a choice.
MUST_SUPPORT = {
    "AllergyIntolerance": ("clinicalStatus", "verificationStatus", "code", "patient", "reaction.manifestation"),
    "Condition": (
        "clinicalStatus",
        "verificationStatus",
        "category",
        "code",
        "subject",
        "onset[x]",
        "abatement[x]",
        "recordedDate",
    ),
    "Immunization": ("status", "statusReason", "vaccineCode", "patient", "occurrence[x]", "primarySource"),
    "Encounter": (
        "identifier",
        "status",
        "class",
        "type",
        "subject",
        "participant",
        "period",
        "reasonCode",
        "hospitalization.dischargeDisposition",
        "location.location",
        "serviceProvider",
    ),
    "MedicationRequest": (
        "status",
        "intent",
        "reported[x]",
        "medication[x]",
        "subject",
        "encounter",
        "authoredOn",
        "requester",
        "dosageInstruction.text",
        "dosageInstruction.timing",
        "dispenseRequest.numberOfRepeatsAllowed",
        "dispenseRequest.quantity",
    ),
    "Observation": (
        "status",
        "category",
        "code",
        "subject",
        "effective[x]",
        "value[x]",
        "dataAbsentReason",
        "component",
    ),
    "Patient": (
        "identifier.system",
        "identifier.value",
        "name.family",
        "name.given",
        "name.period",
        "telecom.system",
        "telecom.value",
        "gender",
        "birthDate",
        "address.line",
        "address.city",
        "address.state",
        "address.postalCode",
        "communication.language",
    ),
}

# What the EHR has, and no row that a gateway can read tells (fact sheet of Unity's rows).
NOT_IN_ROWS = {
    "AllergyIntolerance.verificationStatus",  # one word stands for the course or the verification
    "Condition.abatement[x]",
    "Condition.recordedDate",
    "Encounter.hospitalization.dischargeDisposition",
    "Encounter.identifier",
    "Encounter.location.location",
    "Encounter.reasonCode",
    "Encounter.serviceProvider",
    "Immunization.primarySource",
    "Immunization.statusReason",
    "MedicationRequest.dispenseRequest.quantity",
    "MedicationRequest.dosageInstruction.timing",
    "MedicationRequest.encounter",
    "MedicationRequest.reported[x]",
    "Patient.name.period",
}


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement(
    "CON-04",
    tripped_by=["invalid-resources", "spoils-rows", "spoils-appointments", "spoils-later-pages", "shapeless-outcomes"],
)
def test_everything_delivered_is_valid(app, new_chart, claims, deliveries, note, measured, record_pairs):
    """Every resource that any check of the run was given is valid FHIR R4

    Reads and searches every claimed type of some charts, page by page, and asks for a record in vain; then every body
    that the gateway delivered in this run, whatever it was asked for, is validated by the R4 definitions. Each broken
    rule is told once with its path.

    A gateway that is only careful where somebody looks breaks the app that looks elsewhere: at the second page, at a
    type few people use, at the text of an error.

    FHIR R4, validating resources.
    """
    sweep(app, [new_chart() for _ in range(CHARTS)], claims.core.types, record_pairs)
    kept = list(deliveries)
    broken = breaches(kept, problems)
    found = {breach.path.partition(".")[0] for breach in broken}
    valid = [place for place, item in enumerate(kept) if not broken or kinds(item).isdisjoint(found)]
    for remark in second_opinion(kept, valid):
        note(remark)
    measured["answers_validated"] = len(kept)
    measured["answers_beyond_the_limit"] = deliveries.left_out
    require_none(broken, "of the R4 definitions")


def kinds(delivery):
    """Return the types of the resources in a delivery."""
    resource = delivery.resource()
    return {str(item["resourceType"]) for item in held_resources(resource)} if resource else {"(body)"}


def require_none(broken, of_what):
    """Fail when rules are broken, naming each once."""
    expect.that(
        not broken,
        f"{len(broken)} rules {of_what} are broken by what was delivered; the first: {broken[0] if broken else ''}",
        expected=f"no violation {of_what} in any answer",
        actual="\n".join(str(breach) for breach in broken[:SHOWN]),
    )


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement(
    "CON-05", tripped_by=["strips-patient-identifiers", "forgets-visit-types", "keeps-one-code-of-saturation"]
)
def test_everything_delivered_meets_us_core(app, new_chart, claims, deliveries, measured, record_pairs):
    """Every resource that any check of the run was given meets the US Core profile that it claims or implies

    Sweeps some charts as the check of R4 does; then everything delivered in this run that is valid R4 is judged by the
    profiles of US Core 6.1.

    Apps are certified against US Core; what it requires they do not ask for twice.

    US Core 6.1.0, profiles; a profile is implied by type, category and code.
    """
    sweep(app, [new_chart() for _ in range(CHARTS)], claims.core.types, record_pairs)
    measured["answers_judged"] = len(deliveries)
    require_none(breaches(deliveries, profile_problems), "of the US Core profiles")


def profile_problems(resource):
    """Return what the clinical resources of a delivery break of US Core; what is no valid R4 is told elsewhere."""
    return [
        problem
        for item in held_resources(resource)
        if item["resourceType"] != "OperationOutcome" and not problems(item)
        for problem in us_core_problems(item)
    ]


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-05", tripped_by=["forgets-optional-elements", "forgets-visit-types", "forgets-refills"])
def test_must_support_elements_come_through(app, new_chart, claims, record_pairs, target):
    """A must-support element that the EHR has is delivered

    Reads records of some charts; each must-support element of US Core 6.1 that the record has in the EHR must be there.

    Must-support means: whoever has it shows it. A repeat count that is lost on the way is a prescription refilled for
    ever, or never.

    US Core 6.1.0, must support: responders populate all elements for which they have data.
    """
    swept = sweep(app, [new_chart() for _ in range(CHARTS)], claims.core.types, record_pairs)
    pairs = [pair for pair in swept if judged(pair[1])]
    if not pairs:
        raise Inconclusive("no record of a type with a US Core profile was delivered")
    lost = sorted(
        {
            f"{truth['resourceType']}.{path}"
            for delivered, truth in pairs
            for path in MUST_SUPPORT[truth["resourceType"]]
            if has(truth, path) and not has(delivered, path)
        }
        - (NOT_IN_ROWS if target.file.ehr[0].vendor == "allscripts" else set())
    )
    expect.equal(lost, [], "must-support elements that the EHR has are not delivered")


def judged(truth):
    """Return whether US Core has a profile for the record's type."""
    return truth["resourceType"] in MUST_SUPPORT


def has(value, path):
    """Return whether an element is there, in any item of a list."""
    if isinstance(value, list):
        return any(has(item, path) for item in value)
    name, _, rest = path.partition(".")
    if name.endswith("[x]"):
        return any(key.startswith(name[:-3]) for key in value)
    return name in value and (not rest or has(value[name], rest))
