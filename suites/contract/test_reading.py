"""Family CON: what is delivered is what the record says, and is valid FHIR R4."""

import re

import pytest

from gauntlet import expect, meaning
from gauntlet.target_values import RESOURCE_TYPES

TRAILING_ZERO = re.compile(rb'"valueQuantity":\{"value":-?\d+\.\d+0,')


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-04", tripped_by=["invalid-resources", "spoils-rows"])
@pytest.mark.parametrize("resource_type", RESOURCE_TYPES)
def test_resources_are_valid(app, chart, claims, record_ids, resource_type):
    """Every resource that is read is valid FHIR R4

    Reads every record of one type of a chart and validates it by the R4 definitions: structure, cardinality, primitive
    formats, required value sets.

    An app that meets a resource it cannot parse shows the clinician an empty list.

    FHIR R4, validating resources.
    """
    skip_unclaimed(resource_type, claims)
    for record in record_ids(chart, resource_type)[:6]:
        delivered = expect.status(app.read(resource_type, record), 200).resource(resource_type)
        expect.valid_r4(delivered, f"{resource_type}/{record}")


@pytest.mark.requirement("CON-06", tripped_by=["shifts-dates"])
@pytest.mark.parametrize("resource_type", RESOURCE_TYPES)
def test_read_keeps_the_meaning(app, chart, claims, resource_type):
    """A read returns the record that was asked for, unchanged in meaning to the last digit

    Reads records of one type and compares every clinical element with the truth of the synthetic chart; numbers are
    compared digit by digit.

    A dose, a date or a unit that changes on the way is an error in treatment.

    FHIR R4, read; decimal: implementations shall handle precision.
    """
    skip_unclaimed(resource_type, claims)
    for record in chart.of_type(resource_type)[:6]:
        answer = expect.status(app.read(resource_type, record.id), 200)
        difference = meaning.first_difference(answer.resource(resource_type), record.body)
        expect.that(
            difference is None,
            f"{resource_type}/{record.id} does not say what the record says",
            expected=f"{difference.path} = {difference.expected}" if difference else "",
            actual=f"{difference.path} = {difference.delivered}" if difference else "",
        )


def skip_unclaimed(resource_type, claims):
    """Skip a type the target does not claim."""
    if resource_type not in claims.core.types:
        pytest.skip(f"the target does not claim {resource_type}")


@pytest.mark.requirement("CON-06", tripped_by=["rounds-decimals"])
def test_read_keeps_trailing_zeros(app, chart_where):
    """A measured value keeps its precision: 1.50 is not 1.5

    Reads the observations of a chart whose value ends in a zero after other decimals and compares digit by digit.

    The number of digits says how exactly was measured; a creatinine of 0.90 is not one of 0.9.

    FHIR R4, decimal: implementations shall handle precision.
    """
    chart = chart_where(lambda chart: any(ends_in_zero(record) for record in chart.of_type("Observation")))
    for record in filter(ends_in_zero, chart.of_type("Observation")):
        delivered = expect.status(app.read("Observation", record.id), 200).resource("Observation")
        expect.equal(
            str(delivered.get("valueQuantity", {}).get("value")),
            str(record.body["valueQuantity"]["value"]),
            f"Observation/{record.id} has lost digits",
        )


def ends_in_zero(record):
    """Return whether a number that is no whole one ends in a zero: 1.50, but not 7.0, which any float keeps."""
    return TRAILING_ZERO.search(record.json) is not None


@pytest.mark.requirement("CON-14", tripped_by=["leaks-epic-dress"])
def test_no_vendor_quirks(app, chart):
    """Vendor quirks do not leak into canonical resources

    Reads the patient and an encounter: no vendor extension, no identifier padded with blanks, no vendor class code
    where the canonical code system is expected.

    What leaks becomes part of every app; the next change of the EHR then breaks them all.

    FHIR R4, Encounter.class binds to v3-ActCode; Epic facts: open.epic.com.
    """
    patient = expect.status(app.read("Patient", chart.id), 200)
    text = patient.text
    expect.that(
        "open.epic.com" not in text,
        "the patient carries a vendor extension",
        expected="no url under open.epic.com",
        actual=around(text, "open.epic.com"),
    )
    padded = [
        item["value"]
        for item in patient.resource("Patient").get("identifier", [])
        if item.get("value", "").strip() != item.get("value", "")
    ]
    expect.equal(padded, [], "an identifier is padded with blanks")
    encounter = chart.of_type("Encounter")[0]
    delivered = expect.status(app.read("Encounter", encounter.id), 200).resource("Encounter")
    expect.equal(
        delivered.get("class", {}).get("system"),
        "http://terminology.hl7.org/CodeSystem/v3-ActCode",
        "the encounter's class is not in the canonical code system",
    )


def around(text, needle):
    """Return the surroundings of `needle` in `text`."""
    at = text.find(needle)
    return text[max(0, at - 60) : at + 60] if at >= 0 else ""


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-13", tripped_by=["leaks-upstream-links"])
def test_links_point_into_the_gateway(app, chart, gauntlet_session):
    """References and links point into the gateway

    Searches with a small page size and looks at every link and fullUrl: none may show the EHR's address or its paging
    session.

    An app that follows such a link goes around the gateway: past its scopes, its consent rules and its audit trail.

    FHIR R4, Bundle.link and fullUrl.
    """
    answer = expect.status(
        app.search("Observation", {"patient": chart.id, "category": "vital-signs", "_count": "2"}), 200
    )
    bundle = answer.resource("Bundle")
    urls = [link["url"] for link in bundle.get("link", [])]
    urls += [entry["fullUrl"] for entry in bundle.get("entry", []) if "fullUrl" in entry]
    expect.that(
        bool(urls),
        "the searchset carries no link at all",
        expected="link[self] at least",
        actual=answer.brief(),
    )
    upstream = gauntlet_session.lab.values["ehr.origin"]
    foreign = [url for url in urls if url.startswith(("http://", "https://")) and not url.startswith(app.base_url)]
    expect.equal(foreign, [], "a link leads out of the gateway")
    root = upstream.removeprefix("http://")
    for secret in (root, "sessionID"):
        expect.that(
            secret not in answer.text,
            "the answer shows the EHR's address or paging session",
            expected=f"no {secret!r} anywhere",
            actual=around(answer.text, secret),
        )


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-10", tripped_by=["plain-text-errors", "leaks-upstream-error-bodies"])
def test_errors_are_operation_outcomes(app, refused, chart):
    """Errors are OperationOutcome resources without internals

    Control: a read of the patient. Then asks for a record that does not exist. The EHR's own error text, its code
    system and host must not come through.

    Clinicians' apps show what the outcome says; internals in it help only attackers.

    FHIR R4, RESTful API, status codes and OperationOutcome.
    """
    refused.require_control(lambda: app.read("Patient", chart.id))
    missing = chart.id[:-3] + ("aaa" if not chart.id.endswith("aaa") else "bbb")
    answer = expect.status(app.read("Patient", missing), 404)
    expect.operation_outcome(answer, "not-found")
    for internal in ("1.2.840.114350", "Traceback", "urn:oid"):
        expect.that(
            internal not in answer.text,
            "the error answer shows internals",
            expected=f"no {internal!r}",
            actual=around(answer.text, internal),
        )


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-11", tripped_by=["server-error-for-unknown-id"])
def test_unknown_id(app, chart, record_ids):
    """An unknown id is 404, whatever dialect the EHR used to say so

    Control: an existing record of the same type. Then an id that nobody has.

    An app that gets 500 for a deleted record alarms operations for nothing.

    FHIR R4, read.
    """
    known = record_ids(chart, "Condition")[0]
    expect.status(app.read("Condition", known), 200)
    expect.status(app.read("Condition", known[:-3] + ("aaa" if not known.endswith("aaa") else "bbb")), 404)


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param(
            "GET",
            "Spaceship/1",
            404,
            marks=pytest.mark.requirement("CON-11", tripped_by=["server-error-for-unknown-id"]),
            id="unknown-type",
        ),
        pytest.param(
            "DELETE",
            "Patient/{id}",
            405,
            marks=pytest.mark.requirement("CON-11", tripped_by=["server-error-for-wrong-method"]),
            id="unsupported-method",
        ),
    ],
)
def test_unsupported_requests(app, chart, method, path, status):
    """An unknown resource type is 404, an unsupported method 405

    Control: a read of the patient.

    FHIR R4, RESTful API, status codes; RFC 9110 section 15.5.6.
    """
    expect.status(app.read("Patient", chart.id), 200)
    expect.status(app.send(method, path.format(id=chart.id)), status)
