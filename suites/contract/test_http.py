"""Family CON: HTTP as FHIR uses it: validators of content, formats, media types, versions."""

import datetime as dt
from email.utils import parsedate_to_datetime

import pytest

from gauntlet import expect, meaning
from gauntlet.consumer import FHIR_JSON
from gauntlet.errors import Inconclusive
from gauntlet.sweep import all_matches

ANOTHER_TAG = 'W/"there-is-no-such-version"'
REFUSALS = (400, 403, 404, 406, 415, 422, 501)


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-16", tripped_by=["ignores-if-none-match", "always-not-modified"])
def test_conditional_read(app, chart, record_ids):
    """A read carries an ETag; asked again with it the answer is 304, with another one it is the record

    Three reads of one record: plain, with If-None-Match of its own tag, with a tag no version has.

    An app that polls a chart saves the ward's bandwidth by 304; one that gets 304 for what it never saw shows nothing.

    FHIR R4, RESTful API, conditional read; RFC 9110 section 13.1.2.
    """
    record = record_ids(chart, "Condition")[0]
    first = expect.status(app.read("Condition", record), 200)
    tag = expect.header(first, "ETag", "the read carries no ETag")
    modified_agrees(first)
    again = app.read("Condition", record, headers={"If-None-Match": tag})
    expect.status(again, 304)
    expect.equal(again.body, b"", "a 304 has a body")
    other = expect.status(app.read("Condition", record, headers={"If-None-Match": ANOTHER_TAG}), 200)
    expect.equal(other.resource("Condition")["id"], record, "another record was delivered")


def modified_agrees(answer):
    """Fail when Last-Modified and meta.lastUpdated are both there and name different seconds."""
    told = answer.headers.get("last-modified")
    updated = answer.resource("Condition").get("meta", {}).get("lastUpdated")
    if told is None or updated is None:
        return
    expect.equal(
        parsedate_to_datetime(told).replace(tzinfo=dt.UTC),
        dt.datetime.fromisoformat(updated).astimezone(dt.UTC).replace(microsecond=0),
        "Last-Modified differs from meta.lastUpdated",
    )


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-16", tripped_by=["ignores-result-parameters"])
@pytest.mark.parametrize(
    ("parameter", "value"),
    [("_summary", "count"), ("_summary", "true"), ("_elements", "status"), ("_format", "application/fhir+xml")],
    ids=["summary-count", "summary-true", "elements", "format-xml"],
)
def test_result_parameters(app, chart, parameter, value):
    """_summary, _elements and _format do what they say or are refused, never ignored

    A search of conditions with the parameter. Allowed are a refusal, or an answer of the form that was asked for.

    An app that asks for a count and gets whole records shows a number that nobody counted.

    FHIR R4, search, summary and elements; RESTful API, _format.
    """
    control = all_matches(app, expect.status(app.search("Condition", {"patient": chart.id}), 200))
    if not control:
        raise Inconclusive("the control search finds nothing: there is nothing to count or to shorten")
    answer = app.search("Condition", {"patient": chart.id, parameter: value})
    expect.status(answer, 200, *REFUSALS)
    if answer.status == 200:
        shaped_as_asked(answer, parameter, value, len(control))


def shaped_as_asked(answer, parameter, value, matches):
    """Fail unless the searchset has the form that the parameter asks for."""
    if parameter == "_format":
        expect.that(
            answer.media_type in ("application/fhir+xml", "application/xml"),
            "XML was asked for by _format and something else came",
            expected="application/fhir+xml, or 406",
            actual=answer.brief(),
        )
        return
    if value == "count":
        expect.equal(answer.resource("Bundle").get("total"), matches, "the count is not the number of matches")
        expect.equal(answer.resource("Bundle").get("entry", []), [], "a count holds records")
        return
    whole = [item["id"] for item in answer.matches() if "SUBSETTED" not in tags(item)]
    expect.equal(whole, [], f"{parameter}={value} was ignored: records are not marked as subsets")


def tags(resource):
    """Return the codes of a resource's tags."""
    return {tag.get("code") for tag in resource.get("meta", {}).get("tag", [])}


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-23", tripped_by=["ignores-accept"])
@pytest.mark.parametrize(
    "accept", ["text/html", "image/png", "application/fhir+json;q=0"], ids=["page", "picture", "unwanted"]
)
def test_accept_that_cannot_be_served(app, chart, accept):
    """An Accept that cannot be served is answered with 406

    Control: the same read with the FHIR media type. Then a media type no FHIR server has for a resource.

    A page where data was expected, or data where a page was, ends in an app that fails without a word.

    FHIR R4, RESTful API, content types: 406 where the server cannot serve what is asked for; RFC 9110 section 12.5.1.
    """
    expect.status(app.read("Patient", chart.id), 200)
    expect.status(app.read("Patient", chart.id, headers={"Accept": accept}), 406)


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-23", tripped_by=["insists-on-accept"])
@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/json", "text/html, */*;q=0.1"], ids=["none", "any", "json", "browser"]
)
def test_accept_of_anything(app, chart, accept):
    """No Accept, */* and application/json get JSON

    Control: a read with the FHIR media type. Then one with each; the record must say the same.

    Browsers and simple tools send */*; Epic itself answers XML then, which is the EHR's habit and not FHIR's.

    FHIR R4, RESTful API, content types.
    """
    control = expect.status(app.read("Patient", chart.id), 200).resource("Patient")
    answer = expect.status(app.read("Patient", chart.id, headers={"Accept": accept}), 200)
    expect.that(
        answer.media_type in (FHIR_JSON, "application/json"),
        "the answer is not JSON",
        expected=FHIR_JSON,
        actual=answer.brief(),
    )
    difference = meaning.first_difference(answer.resource("Patient"), control)
    expect.equal(difference, None, "the record says something else with this Accept")


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-20", tripped_by=["unversioned"])
def test_version_is_published(apps):
    """The CapabilityStatement names the version of FHIR and of the API, and the same each time

    Reads [base]/metadata twice.

    An app can only be certified against something that has a version.

    FHIR R4, CapabilityStatement.version: the business version, changed whenever the content changes.
    """
    first, second = (apps.anonymous().send("GET", "metadata").resource("CapabilityStatement") for _ in range(2))
    for element in ("fhirVersion", "version"):
        expect.that(
            bool(first.get(element)),
            f"the CapabilityStatement has no {element}",
            expected=f"CapabilityStatement.{element}",
            actual="(absent)",
        )
        expect.equal(second.get(element), first.get(element), f"{element} changes from one request to the next")


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-20", tripped_by=["serves-any-fhir-version"])
def test_another_fhir_version_is_refused(app, chart):
    """Asked for another version of FHIR, the gateway refuses rather than answer in R4

    Control: fhirVersion=4.0. Then fhirVersion=3.0 in Accept.

    STU3 and R4 spell the same element differently; an app for one reads the other wrongly.

    FHIR R4, RESTful API, FHIR version parameter.
    """
    expect.status(app.read("Patient", chart.id, headers={"Accept": f"{FHIR_JSON}; fhirVersion=4.0"}), 200)
    expect.status(app.read("Patient", chart.id, headers={"Accept": f"{FHIR_JSON}; fhirVersion=3.0"}), 400, 406, 415)
