"""Family IDP: writes that belong together. What one of them lacks is found out before the first is made."""

import json

import pytest

from gauntlet import expect, writing
from gauntlet.errors import Inconclusive


def bundle(kind, resource_type, bodies):
    """Return a Bundle that creates each body."""
    request = {"method": "POST", "url": resource_type}
    entries = [{"request": request, "resource": json.loads(body)} for body in bodies]
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries}).encode()


@pytest.mark.requirement("IDP-09", tripped_by=["orders-by-halves"])
def test_writes_that_belong_together_are_checked_first(app, ehr, claims, chart):
    """Of writes that belong together none is made when one of them cannot be

    Control: the good one of two creates is written when it is sent alone. Then both are sent as one transaction, the
    second with a status that does not exist. The EHR must not be sent either of them, and the answer is a refusal.

    An order whose second half is refused is an order nobody has written.

    FHIR R4, transaction; Integrating FHIR with Allscripts: validate, stage, commit.
    """
    if claims.batch is None or claims.write is None:
        pytest.skip("the target does not claim batches and writes")
    resource_type = writing.writable(claims)
    good = writing.body(resource_type, chart, note="good half")
    bad = json.dumps(writing.unacceptable(json.loads(writing.body(resource_type, chart, note="bad half")))).encode()
    if app.create(resource_type, good).status != 201 or len(ehr.written(resource_type, chart.id)) != 1:
        raise Inconclusive("the good half was not written when it was sent alone")
    mark = ehr.mark()
    answer = app.send("POST", app.base_url, body=bundle("transaction", resource_type, [good, bad]))
    calls = ehr.calls(since=mark, patient=chart.id, interaction="create")
    expect.equal(len(calls), 0, "a half of what belongs together was written")
    expect.equal(len(ehr.written(resource_type, chart.id)), 1, "a half of what belongs together is at the EHR")
    expect.that(
        answer.status >= 400,
        "a transaction that failed is answered with success",
        expected="a refusal",
        actual=answer.brief(),
    )
