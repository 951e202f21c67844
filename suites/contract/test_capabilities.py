"""Family CON: what the gateway says of itself."""

import pytest

from gauntlet import expect

# Types every FHIR server can search by patient (FHIR R4, compartment of the patient).
OF_A_CHART = {
    "AllergyIntolerance",
    "Appointment",
    "CarePlan",
    "CareTeam",
    "Condition",
    "Consent",
    "Coverage",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Goal",
    "Immunization",
    "MedicationRequest",
    "Observation",
    "Patient",
    "Procedure",
    "ServiceRequest",
}


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-01", tripped_by=["invalid-capability-statement"])
def test_capability_statement(apps):
    """The CapabilityStatement is served without a token, is valid R4 and names software and version

    Reads [base]/metadata as an anonymous client and validates it by the R4 definitions.

    Apps configure themselves by it; integration engineers look there first when something does not work.

    FHIR R4, RESTful API, capabilities.
    """
    answer = expect.status(apps.anonymous().send("GET", "metadata"), 200)
    statement = answer.resource("CapabilityStatement")
    expect.valid_r4(statement, "the CapabilityStatement")
    expect.equal(statement.get("kind"), "instance", "the statement does not describe a running instance")
    expect.equal(statement.get("fhirVersion"), "4.0.1", "the statement is about another version of FHIR")
    software = statement.get("software", {})
    expect.that(
        bool(software.get("name") and software.get("version")),
        "the statement does not name software and version",
        expected="software.name and software.version",
        actual=repr(software),
    )


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-02", tripped_by=["invalid-capability-statement", "promises-unserved-type"])
def test_capability_statement_is_true(app, apps, chart, claims):
    """Every type of the patient's chart that the CapabilityStatement promises to search is really served

    For each promised type with search-type that belongs to a patient's chart, one search by patient (or by id, for
    Patient) is sent.

    A promise that is not kept breaks an app on the ward, not in the test lab.

    FHIR R4, RESTful API, capabilities.
    """
    statement = apps.anonymous().send("GET", "metadata").resource("CapabilityStatement")
    resources = [item for rest in statement.get("rest", []) for item in rest.get("resource", [])]
    searchable = [
        item["type"]
        for item in resources
        if item["type"] in OF_A_CHART
        and any(interaction.get("code") == "search-type" for interaction in item.get("interaction", []))
    ]
    missing = sorted(set(claims.core.types) - {item["type"] for item in resources})
    expect.equal(missing, [], "the statement leaves out types that the target claims")
    for resource_type in searchable:
        answer = app.search(resource_type, search_by_patient(resource_type, chart))
        expect.status(answer, 200)


def search_by_patient(resource_type, chart):
    """Return a search every FHIR server with that type understands."""
    if resource_type == "Patient":
        return {"_id": chart.id}
    if resource_type == "Observation":
        return {"patient": chart.id, "category": "vital-signs"}
    return {"patient": chart.id}
