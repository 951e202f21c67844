import json

import pytest

from gauntlet.fuzzing.judgements import JUDGEMENTS, Exchanged
from synthetic.population import Population

POPULATION = Population(7, 4000)
CHART, OTHER = POPULATION.chart(1), POPULATION.chart(2)
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}


def seen(status=200, body=None, path="/Condition", query="", media="application/fhir+json", **more):
    data = body if isinstance(body, bytes) else json.dumps(body or OUTCOME).encode()
    return Exchanged("GET", path, query, "", status, media, data, (CHART, OTHER), "127.0.0.1:4711", **more)


def searchset(*records):
    entries = [{"resource": json.loads(record.json)} for record in records]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def conditions(chart):
    return chart.of_type("Condition")


def told(text):
    return {**OUTCOME, "issue": [{**OUTCOME["issue"][0], "diagnostics": text}]}


@pytest.mark.parametrize(
    ("judge", "exchange", "wrong"),
    [
        ("errors_are_outcomes", seen(400), ""),
        ("errors_are_outcomes", seen(200, b"hello"), ""),
        ("errors_are_outcomes", seen(400, b"<html>"), "is no OperationOutcome"),
        ("errors_are_outcomes", seen(400, media="text/html"), "is no OperationOutcome"),
        ("errors_are_outcomes", seen(404, {"resourceType": "Patient"}), "is no OperationOutcome"),
        ("no_internals", seen(400, told("the value is no date")), ""),
        ("no_internals", seen(400, told('File "/srv/a.py", line 3')), "shows internals"),
        ("no_internals", seen(500, told("ValueError: no such thing")), "shows internals"),
        ("no_internals", seen(502, told("no connection to 127.0.0.1:4711")), "127.0.0.1:4711"),
        ("no_patient_data_in_errors", seen(404, told("not found")), ""),
        ("no_patient_data_in_errors", seen(404, told(f"it is {CHART.mrn}")), "tells patient data"),
        ("no_patient_data_in_errors", seen(404, told(CHART.mrn), query=f"identifier={CHART.mrn}"), ""),
        ("right_patient", seen(200, searchset(*conditions(CHART)), query=f"patient={CHART.id}"), ""),
        ("right_patient", seen(200, searchset(*conditions(OTHER)), query=f"patient={CHART.id}"), "were delivered for"),
        ("right_patient", seen(200, CHART.patient.body, path=f"/Patient/{CHART.id}"), ""),
        ("right_patient", seen(200, OTHER.patient.body, path=f"/Patient/{CHART.id}"), "was asked for and"),
        ("no_widening", seen(200, searchset(*conditions(CHART)), query=f"patient={CHART.id}"), ""),
        ("no_widening", seen(200, searchset(*conditions(CHART)), query="code=I10"), "nobody in particular"),
        (
            "no_widening",
            seen(200, searchset(*conditions(CHART)), query=f"patient={CHART.id}&code=none-such"),
            "does not match",
        ),
        ("no_widening", seen(200, searchset(CHART.patient), query=f"patient={CHART.id}"), "does not match"),
        ("no_widening", seen(400, query=""), ""),
    ],
)
def test_judgements(judge, exchange, wrong):
    found = JUDGEMENTS[judge](exchange)
    assert wrong in found
    assert bool(found) == bool(wrong)
