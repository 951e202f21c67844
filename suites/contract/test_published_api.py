"""Family CON: no request within the published API makes the gateway fail, tell too much or deliver somebody else."""

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.published_parameters import listed_parameters

SCHEMA = ("UndefinedStatusCode", "UndefinedContentType", "MissingContentType", "MalformedMediaType", "JsonSchemaError")


def kind(*names, tripped_by):
    """Return the failures of one kind as a parameter."""
    mark = pytest.mark.requirement("CON-18", tripped_by=tripped_by)
    return pytest.param(names, id=names[0].replace("_", "-") if len(names) == 1 else "own-schema", marks=mark)


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.parametrize(
    "failures",
    [
        kind("ServerError", tripped_by=["stumbles-over-odd-codes"]),
        kind(*SCHEMA, tripped_by=["answers-pages-for-humans"]),
        kind("errors_are_outcomes", tripped_by=["answers-pages-for-humans"]),
        kind("no_internals", tripped_by=["explains-refusals-by-traces", "traces-beside-rows"]),
        kind("no_patient_data_in_errors", tripped_by=["names-patients-in-refusals"]),
        kind("right_patient", tripped_by=["finds-somebody-for-odd-ids"]),
        kind("no_widening", tripped_by=["drops-odd-filters"]),
    ],
)
def test_generated_requests(app, apps, claims, new_chart, fuzzer, failures):
    """Requests generated from the published API are served or refused properly

    Schemathesis generates requests from an OpenAPI description, the target's own or one made of its claims: examples,
    borders of every parameter, random combinations, legal and illegal. No answer may be of 5xx or break the
    description; every error must be an OperationOutcome without internals and patient data; what is delivered must be
    of the patient asked for and match the search. Every operation must have been served at least once, or nothing was
    tried.

    People mistype, apps have errors, attackers try. Whatever they send, nobody may see somebody else's record, or a
    gateway that has fallen over.

    FHIR R4, RESTful API; OpenAPI 3.1; the requests of one run serve all of these checks.
    """
    chart = new_chart()
    control = app.read("Patient", chart.id)
    if control.status != 200:
        raise Inconclusive(f"the control failed: {control.sent} was answered with {control.brief()}")
    found = fuzzer.findings(listed_parameters(apps.anonymous(), claims.core.types))
    operations = sorted({name for item in failures for name in found.failures.get(item, ())})
    told = [item for item in found.told if item["failed"] in failures]
    for item in told[:3]:
        fuzzer.show(item)
    shown = [f"{item['method']} {item['url'][:300]}: {item['wrong']}" for item in told[:5]]
    expect.that(
        not operations,
        f"{', '.join(failures)}: {len(operations)} operations of the published API fail; the first: {operations[:1]}",
        expected="none in any operation",
        actual="\n".join([", ".join(operations), *shown]),
        hint="fuzzing/schemathesis.log in the run's folder holds each request as a curl command",
    )
