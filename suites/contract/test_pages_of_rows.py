"""Family CON behind Unity: pages of rows hold every record once, whatever happens between them.

Unity has no pages: they are the gateway's own.
"""

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.sweep import PageRefused, all_pages

pytestmark = pytest.mark.upstream("allscripts")

ROWS = 5  # results that do not fit two pages of two
FILED = 6


@pytest.mark.requirement("CON-08", tripped_by=["ends-after-first-rows"])
def test_pages_of_rows(app, planting, chart_where, twins_of, measured):
    """Following next delivers every record of the chart once

    Searches laboratory results with two on a page and follows next to the end; compares with the chart's records.

    A silently short list is worse than an error: nobody knows that something is missing.

    FHIR R4, search, paging.
    """
    chart = chart_where(lambda chart: len(results(chart)) >= ROWS)
    pages = list(all_pages(app, expect.status(first_page(app, planting.patient(chart)), 200)))
    measured["pages"] = len(pages)
    ids = [item["id"] for page in pages for item in page]
    expect.equal(len(ids), len(set(ids)), "records are delivered twice")
    expect.equal(len(ids), len(results(chart)), "the pages hold another number of results than the chart")
    strange = twins_of(chart, "Observation", [item for page in pages for item in page]).extra
    expect.equal([dict(item) for item in strange], [], "results are delivered that say what none of the chart says")


def results(chart):
    """Return the laboratory results of a chart."""
    return [item for item in chart.of_type("Observation") if b'"code":"laboratory"' in item.json]


def first_page(app, patient):
    """Return the first page of a patient's laboratory results."""
    return app.search("Observation", {"patient": patient, "category": "laboratory", "_count": 2})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("row-removed", marks=pytest.mark.requirement("CON-08", tripped_by=["pages-by-position"])),
        pytest.param("marker-removed", marks=pytest.mark.requirement("CON-08", tripped_by=["pages-by-position"])),
        pytest.param("session-ends", marks=pytest.mark.requirement("CON-08", tripped_by=["ends-after-first-rows"])),
    ],
)
def test_pages_hold_while_rows_change(app, ehr, planting, chart, change):
    """Pages hold every result once though rows go and sessions end, or an error says that they cannot

    Results are filed at the EHR. While a consumer pages through them, one that was delivered already is taken back (the
    first one, or the last one of the page), or the gateway's session ends. What was there throughout must be delivered
    once, or a page be refused with an OperationOutcome.

    A list that is short without a word hides a result; nobody looks for what they do not know of.

    FHIR R4, search, paging: servers should keep pages stable; continuity is not guaranteed, silence is not allowed.
    """
    filed = file_results(planting, chart)
    there = {item["id"] for item in planting.delivered("Observation", chart).values() if is_result(item)}
    seen, done = [], []

    def between(_page):
        gone = seen[-1:] if change == "marker-removed" else seen[:-1]
        gone = [name for name in gone if name in filed]
        if done or not (gone or change == "session-ends"):
            return
        done.append(change)
        if change == "session-ends":
            ehr.expire_tokens()
        else:
            there.discard(gone[0])
            ehr.remove("Observation", filed[gone[0]])

    try:
        for page in all_pages(app, expect.status(first_page(app, planting.patient(chart)), 200), between):
            seen += [item["id"] for item in page]
    except PageRefused as refused:
        expect.operation_outcome(refused.answer)
    else:
        expect.equal(sorted(there - set(seen)), [], f"results are silently left out: {change}")
        expect.equal(sorted({name for name in seen if seen.count(name) > 1}), [], "results are delivered twice")
    if not done:
        raise Inconclusive("no filed result was followed by a further page: nothing has changed meanwhile")


def file_results(planting, chart):
    """File some results at the EHR and return the EHR's id of each by the id under which it is delivered."""
    if not results(chart):
        raise Inconclusive("the chart has no result that could be filed once more")
    filed = {}
    for _ in range(FILED):
        number = planting.number(chart)
        delivered = planting.must_be_delivered(chart, {**results(chart)[0].body, "id": number})
        filed[delivered["id"]] = number
    return filed


def is_result(observation):
    """Return whether a delivered observation is a laboratory result."""
    codings = [coding for concept in observation.get("category", []) for coding in concept.get("coding", [])]
    return "laboratory" in {coding.get("code") for coding in codings}
