"""Family CON: searches deliver exactly the matching set, page by page, and never widen silently."""

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.sweep import all_matches, all_pages

THREE_PAGES = 5  # results that do not fit two pages of two


def observations(chart, category):
    """Return the chart's observations of one category."""
    return [
        record
        for record in chart.of_type("Observation")
        if any(
            coding.get("code") == category
            for concept in record.body.get("category", [])
            for coding in concept.get("coding", [])
        )
    ]


def ids(records):
    """Return the ids of truth records or delivered resources."""
    return [record["id"] if isinstance(record, dict) else record.id for record in records]


@pytest.mark.requirement("CON-07", tripped_by=["drops-last-match"])
@pytest.mark.parametrize(
    "resource_type", ["Condition", "Encounter", "MedicationRequest", "AllergyIntolerance", "Appointment"]
)
def test_search_by_patient(app, chart, resource_type):
    """A search by patient returns exactly the patient's records

    Searches one type by patient and compares the ids with the truth of the chart: nothing missing, nothing extra,
    nothing twice.

    A missing allergy is a wrong prescription.

    FHIR R4, search.
    """
    answer = expect.status(app.search(resource_type, {"patient": chart.id}), 200)
    expect.same_set(ids(all_matches(app, answer)), ids(chart.of_type(resource_type)), f"{resource_type} by patient")


def vitals_of(chart):
    """Return the chart's vital signs that have a time."""
    return [record for record in observations(chart, "vital-signs") if "effectiveDateTime" in record.body]


def days_of(records):
    """Return the days of records in order."""
    return sorted({record.body["effectiveDateTime"][:10] for record in records})


@pytest.mark.requirement("CON-07", tripped_by=["ignores-date-filter"])
def test_search_by_date(app, chart_where):
    """A date range returns exactly the records inside it

    Searches vital signs by patient, category and a range of dates that splits the chart's observations in two.

    A trend drawn over too many or too few values misleads.

    FHIR R4, search, date prefixes.
    """
    chart = chart_where(lambda chart: len(days_of(vitals_of(chart))) > 1)
    vitals = vitals_of(chart)
    days = days_of(vitals)
    boundary = days[len(days) // 2]
    wanted = [record for record in vitals if record.body["effectiveDateTime"][:10] >= boundary]
    params = {"patient": chart.id, "category": "vital-signs", "date": f"ge{boundary}"}
    answer = expect.status(app.search("Observation", params), 200)
    expect.same_set(ids(all_matches(app, answer)), ids(wanted), f"vital signs since {boundary}")


@pytest.mark.requirement("CON-07", tripped_by=["ignores-code-filter"])
def test_search_by_code(app, chart):
    """A code returns exactly the records with that code

    Searches observations by patient and the LOINC code of one of them.

    FHIR R4, search, token parameters.
    """
    records = chart.of_type("Observation")
    coding = records[0].body["code"]["coding"][0]
    wanted = [
        record
        for record in records
        if any(item.get("code") == coding["code"] for item in record.body["code"].get("coding", []))
    ]
    params = {"patient": chart.id, "code": f"{coding['system']}|{coding['code']}"}
    answer = expect.status(app.search("Observation", params), 200)
    expect.same_set(ids(all_matches(app, answer)), ids(wanted), f"observations with code {coding['code']}")


@pytest.mark.requirement("CON-08", tripped_by=["first-page-only"])
def test_paging(app, chart_where, measured):
    """Following next delivers every match once

    Searches laboratory results with two on a page and follows next to the end.

    A silently short list is worse than an error: nobody knows that something is missing.

    FHIR R4, search, paging.
    """
    chart = chart_where(lambda chart: len(observations(chart, "laboratory")) >= THREE_PAGES)
    wanted = observations(chart, "laboratory")
    first = app.search("Observation", {"patient": chart.id, "category": "laboratory", "_count": "2"})
    pages = list(all_pages(app, expect.status(first, 200)))
    measured["pages"] = len(pages)
    expect.same_set([item for page in pages for item in ids(page)], ids(wanted), "all pages together")


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-09", tripped_by=["delivers-outcome-entries"])
def test_empty_search(app, chart):
    """An empty result is an empty searchset, not one entry about nothing

    Searches conditions of a category the chart has none of. The EHR answers with one outcome entry; it must not be
    delivered or counted as a match.

    Code that counts entries would show one problem where there is none.

    FHIR R4, search.mode outcome; Epic answers an empty search with one outcome entry.
    """
    params = {"patient": chart.id, "category": "laboratory", "date": "lt1900-01-01"}
    control = expect.status(app.search("Observation", {"patient": chart.id, "category": "laboratory"}), 200)
    if not control.matches():
        raise Inconclusive("the control search found nothing either")
    bundle = expect.status(app.search("Observation", params), 200).resource("Bundle")
    modes = [entry.get("search", {}).get("mode") for entry in bundle.get("entry", [])]
    matches = [mode for mode in modes if mode in (None, "match")]
    expect.equal(matches, [], "an empty search delivers a match")
    expect.equal(modes, [], "an empty search delivers an entry")
    expect.equal(bundle.get("total", 0), 0, "an empty search has a total above zero")


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-12", tripped_by=["ignores-unknown-parameters"])
def test_unknown_parameter_is_not_ignored_silently(refused, app, chart):
    """An unknown search parameter is refused under strict handling

    Control: the search without the parameter. Mutation: a misspelt filter, with Prefer: handling=strict.

    A misspelt filter that is dropped returns more than was asked for: somebody else's allergies, or all of last year.

    FHIR R4, search, handling unknown parameters; Prefer: handling=strict.
    """
    refused(
        lambda: app.search("Condition", {"patient": chart.id}),
        lambda: app.search("Condition", {"patient": chart.id, "catgory": "x"}, headers={"Prefer": "handling=strict"}),
        status=(400,),
    )


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-12", tripped_by=["ignores-unknown-parameters"])
def test_unknown_parameter_is_told(app, chart):
    """An unknown parameter that is ignored is left out of link[self]

    Without a preference a gateway may refuse or ignore. If it ignores, the self link must show what was really used.

    FHIR R4, search: the self link holds the parameters that were used.
    """
    answer = app.search("Condition", {"patient": chart.id, "catgory": "x"}, headers={"Prefer": "handling=lenient"})
    expect.status(answer, 200, 400)
    if answer.status == 200:
        links = {link["relation"]: link["url"] for link in answer.resource("Bundle").get("link", [])}
        expect.that(
            "self" in links and "catgory" not in links["self"],
            "the answer does not say that a parameter was ignored",
            expected="link[self] without the unknown parameter",
            actual=repr(links.get("self")),
        )
