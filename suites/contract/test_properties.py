"""Family CON: searches, writes and paging by properties, on examples that nobody chose."""

import datetime as dt
import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from gauntlet import expect, writing
from gauntlet.check import CHARTS_PER_CHECK
from gauntlet.errors import Inconclusive
from gauntlet.properties.examine import examine, require_hypothesis
from gauntlet.properties.search_model import fits, owner
from gauntlet.published_parameters import listed_parameters
from gauntlet.sweep import PageRefused, all_pages

REFUSALS = (400, 403, 406, 422, 501)  # a gateway may say that it does not serve a search
ROWS = 5


@pytest.fixture
def trial(gauntlet_session, target, measured):
    """Return a function that examines a property by the run's seed and the target's budget."""
    require_hypothesis()
    settings = {
        "seed": gauntlet_session.plan.seed,
        "folder": Path(gauntlet_session.plan.run_dir) / "hypothesis",
    }

    def run(strategy, judge, share=1.0):
        examples = max(4, int(target.file.contract.examples * share))
        measured["seed"] = settings["seed"]
        measured["examples"] = examine(strategy, judge, examples=examples, **settings)

    return run


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-07", tripped_by=["drops-last-match", "ignores-date-filter", "ignores-zones-in-searches"])
def test_searches_agree_with_a_model(app, apps, claims, gauntlet_session, new_chart, as_delivered, trial, measured):
    """A search finds what the model of FHIR search says, whatever it combines

    Searches of any claimed type for one patient are drawn, by the parameters the CapabilityStatement lists, with values
    that the patient's records have and values beside them. What must match by the definition of search must be
    delivered, what must not match must not; where FHIR leaves a choice (whose midnight a date without time zone means)
    both are right. Where the gateway makes the ids, the records are those that it delivers of some charts when nothing
    but the patient is asked for. Examples that fail are made smaller.

    Filters meet in combinations that nobody tried before. A search that silently leaves out one result, or shows one
    too many, is believed.

    FHIR R4, search: token, string and date parameters, prefixes, alternatives by comma.
    """
    from gauntlet.properties.drawing import ChartsForReading, TheseCharts, aimed_searches  # noqa: PLC0415 - needs an extra

    told = {"served": 0, "refused": 0, "found": 0}

    def judge(aimed):
        search = aimed.search
        answer = app.search(search.type, list(search.parameters), headers={"Prefer": "handling=strict"})
        if answer.status in REFUSALS:
            told["refused"] += 1
            return
        if answer.status in (401, 404, 429):
            raise Inconclusive(f"searches are not served: {answer.sent} was answered with {answer.brief()}")
        delivered = [item for page in all_pages(app, expect.status(answer, 200)) for item in page]
        told["served"] += 1
        told["found"] += sets_agree(aimed, delivered)

    source = ChartsForReading(gauntlet_session.population)
    if gauntlet_session.known:
        source = TheseCharts(tuple(as_delivered(new_chart(), claims.core.types) for _ in range(CHARTS_PER_CHECK)))
    served = listed_parameters(apps.anonymous(), claims.core.types)
    trial(aimed_searches(source, served), judge, share=2)
    measured.update(told)
    if not told["found"]:
        raise Inconclusive(f"no search had to find anything: {told['refused']} refused, {told['served']} served")


def sets_agree(aimed, delivered):
    """Fail unless what was delivered is what the search must find; return how many that are at least."""
    pairs = aimed.search.parameters
    must = {record.id for record in aimed.chart.of_type(aimed.search.type) if fits(record.body, pairs) is True}
    ids = [item["id"] for item in delivered]
    extra = [item["id"] for item in delivered if fits(item, pairs) is False or owner(item) != aimed.chart.id]
    missing, twice = sorted(must - set(ids)), sorted({item for item in ids if ids.count(item) > 1})
    expect.that(
        not (missing or extra or twice),
        f"{aimed!r} does not find the matching set",
        expected=f"at least {len(must)} records, each once, and none that does not match",
        actual=f"{len(ids)} delivered; missing {missing[:5]}, not matching {extra[:5]}, delivered twice {twice[:5]}",
    )
    return len(must)


@pytest.mark.requirement("CON-06", tripped_by=["rounds-written-values", "normalises-notes"])
def test_what_is_written_is_what_is_read(app, claims, ehr, new_chart, trial):
    """A record that was created reads the same, at the gateway and in the EHR

    Creates with notes in any script and measured values of any precision are drawn; each must be refused or be read
    back, and be held by the EHR, with note and value as they were sent.

    A dose of 0.50 that is filed as 5, a note whose accents are gone: nobody compares what was filed with what was said.

    FHIR R4, create and read; decimal: implementations shall handle precision.
    """
    from gauntlet.properties.drawing import written  # noqa: PLC0415 - needs an extra

    if claims.write is None:
        pytest.skip("the target does not claim write")
    resource_type = "Observation" if "Observation" in claims.write.types else writing.writable(claims)
    chart = new_chart()
    tried, taken = [], []

    def judge(example):
        tried.append(example)
        answer = app.create(resource_type, create_body(resource_type, chart, example, len(tried)))
        if answer.status in REFUSALS:
            return
        expect.header(expect.status(answer, 201), "Location", "the create has no Location")
        taken.append(answer.created_id)
        delivered = expect.status(app.read(resource_type, taken[-1]), 200).resource(resource_type)
        says(delivered, example, resource_type, "what is read")
        held = [item["resource"] for item in ehr.written(resource_type, chart.id)]
        says(next((item for item in held if item["id"] == taken[-1]), {}), example, resource_type, "what the EHR holds")

    trial(written(), judge, share=0.5)
    if not taken:
        raise Inconclusive("every create was refused: nothing was written")


def create_body(resource_type, chart, example, number):
    """Return a create of an example; each measurement has a time of its own, for EHRs take one reading for each."""
    body = json.loads(writing.body(resource_type, chart, note=example.note))
    if resource_type != "Observation":
        return json.dumps(body).encode()
    moment = dt.datetime.fromisoformat(body["effectiveDateTime"]) + dt.timedelta(seconds=number)
    body["effectiveDateTime"] = moment.isoformat()
    body["valueQuantity"]["value"] = "VALUE"
    return json.dumps(body).replace('"VALUE"', example.value).encode()


def says(record, example, resource_type, what):
    """Fail unless a record has the note that was written and, for a measurement, its value to the last digit."""
    notes = [note.get("text") for note in record.get("note", [])]
    expect.equal(notes, [example.note], f"{what} has another note than was written")
    if resource_type == "Observation":
        value = record.get("valueQuantity", {}).get("value")
        wanted = type(value)(example.value) if isinstance(value, float) else example.value
        expect.equal(str(value), str(wanted), f"{what} has another value than was written")


@pytest.mark.requirement("CON-08", tripped_by=["ends-broken-paging-silently", "first-page-only"])
def test_paging_holds_while_rows_change(app, ehr, new_chart, trial, measured):
    """Pages hold every match once though rows come and go, or an error says that they cannot

    While a consumer pages through laboratory results, the EHR loses a row that was delivered already, gets one more, or
    forgets the search: which, when and with how many rows on a page is drawn. What was there throughout must be
    delivered once, or a page be refused with an OperationOutcome.

    A list that is short without a word hides a result; nobody looks for what they do not know of.

    FHIR R4, search, paging: servers should keep pages stable; continuity is not guaranteed, silence is not allowed.
    """
    from gauntlet.properties.drawing import changes  # noqa: PLC0415 - needs an extra

    chart = next((item for item in (new_chart() for _ in range(8)) if len(results(item)) >= ROWS), None)
    if chart is None:
        raise Inconclusive(f"no chart of this check has {ROWS} laboratory results")
    counts = {"whole": 0, "refused": 0}

    def judge(change):
        with ExitStack() as undo:
            page_through(app, ehr, chart, change, undo, counts)

    trial(changes(("session ends", "row removed", "row added")), judge, share=0.5)
    measured.update(counts)


def page_through(app, ehr, chart, change, undo, counts):
    """Page through the results of a chart while one thing changes, and judge what came."""
    there = {record.id for record in results(chart)}
    seen = []

    def between(page):
        if page != change.after_page:
            return
        if change.kind == "session ends":
            ehr.expire_paging()
        elif change.kind == "row removed":
            if not seen:  # a page may be empty; of what was delivered nothing can be lost then
                return
            there.discard(seen[0])
            undo.enter_context(ehr.removed("Observation", seen[0]))
        else:
            new = {**results(chart)[0].body, "id": f"{results(chart)[0].id[:-4]}more"}
            undo.enter_context(ehr.added(json.loads(json.dumps(new, default=float))))

    params = {"patient": chart.id, "category": "laboratory", "_count": change.on_a_page}
    first = expect.status(app.search("Observation", params), 200)
    try:
        for page in all_pages(app, first, between):
            seen += [item["id"] for item in page]
    except PageRefused as refused:
        counts["refused"] += 1
        expect.that(
            refused.answer.status >= 400, "a page is no page", expected="an error", actual=refused.answer.brief()
        )
        expect.operation_outcome(refused.answer)
        return
    counts["whole"] += 1
    missing = sorted(there - set(seen))
    twice = sorted({item for item in seen if seen.count(item) > 1})
    expect.that(
        not (missing or twice),
        f"the pages are not whole when, after page {change.after_page}: {change.kind}",
        expected=f"{len(there)} records, each once, or an error",
        actual=f"{len(seen)} records; missing {missing[:5]}, delivered twice {twice[:5]}",
    )


def results(chart):
    """Return the laboratory results of a chart."""
    return [
        record
        for record in chart.of_type("Observation")
        if any(coding["code"] == "laboratory" for item in record.body["category"] for coding in item["coding"])
    ]
