"""Family CON: several requests in one Bundle, each with its own outcome; transactions whole or not at all."""

import json

import pytest

from gauntlet import expect, meaning, writing
from gauntlet.consumer import FHIR_JSON
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault

NOBODY = "eNobodyHasThisId000000000"


def entry(method, url, resource=None):
    """Return one entry of a batch."""
    item = {"request": {"method": method, "url": url}}
    return item if resource is None else {**item, "resource": json.loads(resource)}


def bundle(kind, *entries):
    """Return a Bundle of requests as a body."""
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": list(entries)}).encode()


def outcomes(answer, count):
    """Return (status, entry) of each entry of a batch-response, which must be valid and have `count` entries."""
    response = expect.status(answer, 200).resource("Bundle")
    expect.valid_r4(response, "the batch-response")
    expect.equal(response.get("type"), "batch-response", "the answer to a batch is another type of Bundle")
    entries = response.get("entry", [])
    expect.equal(len(entries), count, "the response has not one entry for each request")
    return [(int(item["response"]["status"][:3]), item) for item in entries]


@pytest.mark.requirement("CON-21", tripped_by=["batch-fails-whole", "batch-hides-failures", "batch-shuffles-entries"])
def test_each_entry_has_its_own_outcome(app, ehr, chart):
    """Good and bad entries of one batch each get their own outcome, in order

    A batch of five: a read, a read of an unknown id, a search, an unknown type, another read. The good ones must be
    served with the right records, the bad ones refused with an OperationOutcome each.

    An app that asks for a whole chart in one go must not lose the allergies because one old document is gone.

    FHIR R4, batch: the outcome of one entry has no influence on another; entries of the response are in order.
    """
    condition = chart.of_type("Condition")[0]
    mark = ehr.mark()
    sent = (
        entry("GET", f"Patient/{chart.id}"),
        entry("GET", f"Condition/{NOBODY}"),
        entry("GET", f"Condition?patient={chart.id}"),
        entry("GET", "Nonsense/1"),
        entry("GET", f"Condition/{condition.id}"),
    )
    results = outcomes(app.send("POST", app.base_url, body=bundle("batch", *sent)), len(sent))
    if not ehr.calls(since=mark, patient=chart.id):
        raise Inconclusive("no entry of the batch reached the EHR")
    statuses = [status for status, _ in results]
    expect.that(
        [status // 100 for status in statuses] == [2, 4, 2, 4, 2],
        "entries do not have their own outcomes",
        expected="success, refusal, success, refusal, success",
        actual=repr(statuses),
    )
    for position, record in ((0, chart.patient), (4, condition)):
        difference = meaning.first_difference(results[position][1].get("resource", {}), record.body)
        expect.equal(difference, None, f"entry {position} is not the record it asked for")
    found = {item["resource"]["id"] for item in results[2][1]["resource"].get("entry", [])}
    expect.same_set(found, {record.id for record in chart.of_type("Condition")}, "the search in the batch")
    for position in (1, 3):
        outcome = results[position][1]["response"].get("outcome", {})
        expect.equal(outcome.get("resourceType"), "OperationOutcome", f"entry {position} does not say what is wrong")


@pytest.mark.requirement("CON-21", tripped_by=["batch-fails-whole", "batch-hides-failures"])
def test_failure_of_the_ehr_stays_with_its_entry(app, ehr, chart):
    """When the EHR fails for one entry, the others are served

    The EHR answers every request for encounters with an error; a batch asks for the patient, the encounters and the
    conditions.

    One slow or broken module of the EHR is the usual kind of trouble; it must cost one list, not the whole screen.

    FHIR R4, batch.
    """
    sent = [entry("GET", f"Patient/{chart.id}")]
    sent += [entry("GET", f"{resource_type}?patient={chart.id}") for resource_type in ("Encounter", "Condition")]
    with ehr.fault(fault("failing-encounters")) as failing:
        results = outcomes(app.send("POST", app.base_url, body=bundle("batch", *sent)), len(sent))
    if not failing.applied:
        raise Inconclusive("the EHR was not asked for encounters: nothing failed")
    kinds = [status // 100 for status, _ in results]
    expect.equal(kinds, [2, 5, 2], "the failure of one entry is not told, or has spoiled the others")


@pytest.mark.requirement("AUT-05", tripped_by=["batch-entries-as-system"])
@pytest.mark.parametrize("url", ["Patient/{other}", "Condition?patient={other}"], ids=["read", "search"])
def test_patient_token_in_a_batch(apps, ehr, claims, new_chart, url):
    """A token launched for one patient reaches no other one by way of a batch entry

    The batch asks for the token's own patient (control) and for another one. The first entry must be served, the
    second refused, and the EHR must not be asked for the other patient.

    A batch is a request within a request; whoever checks only the outer one has checked nothing.

    SMART App Launch 2, patient scopes; FHIR R4, batch.
    """
    if claims.batch is None:
        pytest.skip("the target does not claim batches")
    own, other = new_chart(), new_chart()
    app = apps.app(scope="patient/*.rs", patient=own.id)
    mark = ehr.mark()
    sent = (entry("GET", f"Patient/{own.id}"), entry("GET", url.format(other=other.id)))
    results = outcomes(app.send("POST", app.base_url, body=bundle("batch", *sent)), len(sent))
    if results[0][0] != 200:
        raise Inconclusive(f"the token's own patient is not served in a batch: {results[0]}")
    expect.that(
        results[1][0] in (403, 404) or is_empty(results[1][1].get("resource")),
        "the batch reaches another patient",
        expected="403, or nothing found",
        actual=repr(results[1])[:300],
    )
    expect.equal(len(ehr.calls(since=mark, patient=other.id)), 0, "the EHR was asked for the other patient")


def is_empty(resource):
    """Return whether a delivered resource is a searchset without matches."""
    return isinstance(resource, dict) and resource.get("type") == "searchset" and not resource.get("entry")


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param(False, id="good", marks=pytest.mark.requirement("CON-22", tripped_by=["transactions-unserved"])),
        pytest.param(
            True,
            id="second-entry-fails",
            marks=pytest.mark.requirement("CON-22", tripped_by=["transactions-as-batches", "transactions-unserved"]),
        ),
    ],
)
def test_transaction_is_whole_or_nothing(app, ehr, claims, chart, failing):
    """A transaction takes effect wholly or not at all, also when the EHR fails half-way

    Control: a create by itself. Then a transaction of two for the same patient, once with a sound EHR and once with an
    EHR that fails the second write. Afterwards the EHR holds both and the answer is a success, or it holds none of them
    and the answer is a refusal.

    Half of an order set in the chart looks like an order.

    FHIR R4, transaction: all changes succeed or fail together.
    """
    resource_type = writing.writable(claims)
    control = app.create(resource_type, writing.body(resource_type, chart, note="control"))
    before = len(ehr.written(resource_type, chart.id))
    if control.status not in (201, 202) or not before:
        raise Inconclusive(f"not even one create by itself is served: {control.brief()}")
    sent = [entry("POST", resource_type, writing.body(resource_type, chart, note=str(number))) for number in (1, 2)]
    mark = ehr.mark()
    broken = {**fault("storm-503"), "match": {"kind": "data", "interaction": "create", "skip": 1}}
    if failing:
        with ehr.fault(broken):
            answer = app.send("POST", app.base_url, body=bundle("transaction", *sent))
    else:
        answer = app.send("POST", app.base_url, body=bundle("transaction", *sent))
    held = len(ehr.written(resource_type, chart.id)) - before
    creates = len(ehr.calls(since=mark, patient=chart.id, interaction="create"))
    whole = answer.status == 200 and held == len(sent) and answer.media_type == FHIR_JSON
    nothing = answer.status >= 400 and held == 0
    expect.that(
        whole or nothing,
        "a transaction took effect by half, or its answer does not say what happened",
        expected="2 records and 200, or none and a refusal",
        actual=f"{held} records after {creates} creates at the EHR, answer {answer.brief()}",
    )
