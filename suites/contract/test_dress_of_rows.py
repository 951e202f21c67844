"""Family CON behind Unity: rows' dress is taken off, and rows that break their contract are refused."""

import re

import pytest

from gauntlet import expect
from gauntlet.drift import answer_to_drift, expect_counted
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault

pytestmark = pytest.mark.upstream("allscripts")

# Columns of rows whose names are no elements of FHIR; texts with which Unity fills what is not known.
COLUMN_NAMES = {
    *("transid", "displaydate", "entrycode", "xmldetail", "DTTM", "EncounterType", "PerformingProviderName"),
    *("ApptTime2", "SchedText", "DDID", "ExpectedAction", "Firstname", "LastName", "Addressline1", "dateofbirth"),
    *("patientid", "ID"),
}
PLACEHOLDERS = {"000-00-0000", "Declined"}
GLUED = re.compile(r"\|(ICD10|RXNORM|CVX|LOINC|ICD10PCS)$")


@pytest.mark.requirement("CON-14", tripped_by=["keeps-placeholders", "keeps-padding", "keeps-glued-codes"])
def test_no_dress_of_rows(planting, chart_where, claims):
    """Rows' dress does not leak into canonical resources: columns, padding, placeholders, glued codes

    Takes a patient without a social security number, which Unity shows as zeros. In everything that is delivered of the
    chart: no element has the name of a column, no text begins or ends with a blank, no text is one of Unity's
    placeholders, no code has its system glued to it.

    What leaks becomes part of every app; a number of zeros belongs to every patient without one.

    FHIR R4, string and code: no blanks around them; fact sheet of Unity's rows.
    """
    chart = chart_where(lambda chart: "us-ssn" not in chart.patient.json.decode())
    types = [name for name in claims.core.types if name != "Patient"]
    delivered = [item for kind in types for item in planting.delivered(kind, chart).values()]
    delivered.append(planting.delivered_patient(chart))
    found = sorted({remark for item in delivered for remark in dress(item, item["resourceType"])})
    expect.equal(found, [], "what is delivered wears the dress of Unity's rows")


def dress(value, path):
    """Yield what of a delivered value is a habit of Unity's rows, each with its path."""
    if isinstance(value, dict):
        for name, child in value.items():
            if name in COLUMN_NAMES:
                yield f"{path}.{name}: a column"
            yield from dress(child, f"{path}.{name}")
    elif isinstance(value, list):
        for child in value:
            yield from dress(child, path)
    elif isinstance(value, str):
        yield from (f"{path}: {value!r} {habit}" for habit in habits(value))


def habits(text):
    """Yield which habits of Unity's texts a delivered one has."""
    if text != text.strip(" "):
        yield "is padded"
    if text in PLACEHOLDERS:
        yield "stands for nothing"
    if GLUED.search(text):
        yield "has its system glued to it"


def drift(name, *defects):
    """Return a parameter that the given defects trip."""
    return pytest.param(name, marks=pytest.mark.requirement("CON-15", tripped_by=[*defects]))


@pytest.mark.parametrize(
    "kind",
    [
        drift("drift-column-gone", "takes-missing-columns-for-blanks"),
        drift("drift-column-renamed", "takes-missing-columns-for-blanks"),
        drift("drift-column-retyped", "spells-any-type"),
        drift("drift-unknown-word", "books-unknown-words"),
    ],
)
def test_drifted_rows(refused, app, ehr, chart, claims, moved, kind):
    """Rows that break the contract are detected, not passed on

    Control: the search without the fault. Then a column is gone, has another name, holds a number in place of a text,
    or has a word that nobody knows. The metric of schema failures is looked at where metrics are claimed.

    After an EHR upgrade the gateway must be the one that notices, not the ward.

    RFC 9110 section 15.6.3; fact sheet of Unity's rows.
    """
    spec = fault(kind, patient=chart.id)

    def ask():
        return app.search(spec["match"]["type"], {"patient": chart.id})

    refused.require_control(lambda: ask_for_some(ask))
    watch = moved() if claims.observability else None
    answer, drifted = answer_to_drift(ehr, spec, ask)
    expect.status(answer, 502)
    expect.operation_outcome(answer)
    expect_counted(watch, drifted, or_more=True)


def ask_for_some(ask):
    """Return the answer to a search that finds something. Inconclusive when it finds nothing: no row could drift."""
    answer = ask()
    if answer.status == 200 and not answer.matches():
        raise Inconclusive("the chart has no record of this type: no row could drift")
    return answer
