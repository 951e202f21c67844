"""Family CST: what a patient has withheld does not come by inclusion, and is not counted."""

import pytest

from gauntlet import expect
from gauntlet.consents import require_withheld, withhold
from gauntlet.errors import Inconclusive

INCLUSIONS = {
    "include": ("Condition", "_include=Condition:encounter", "Encounter"),
    "include-all": ("Condition", "_include=*", "Encounter"),
    "include-iterated": ("Condition", "_include:iterate=Condition:encounter", "Encounter"),
    "reverse-include": ("Encounter", "_revinclude=Condition:encounter", "Condition"),
}
REFUSED = (400, 403, 404, 405, 422, 501)
COUNTS = {
    "summary": "_summary=count",
    "summary-of-one": "_summary=count&_id={id}",
    "no-entries": "_count=0",
    "one-entry": "_count=1",
    "accurate": "_total=accurate",
}


@pytest.mark.requirement("CST-01", tripped_by=["consent-unasked-for-inclusions"])
@pytest.mark.parametrize("way", INCLUSIONS.values(), ids=INCLUSIONS)
def test_class_is_withheld_from_inclusions(app, claims, consents, new_chart, way, measured):
    """A record of a class that the patient has withheld does not come along with another one

    A condition and its visit; one of the two gets the label of a class. Control: the patient permits everything, and it
    is read. Then the patient withholds the class, and the other one is searched with `_include` or `_revinclude`. The
    search may be refused; the withheld record must not be in it.

    What is asked for along the way is what nobody thinks of when access is decided.

    42 CFR Part 2; HL7 FHIR R4 Consent, provision.securityLabel; search, _include and _revinclude.
    """
    kind, query, along = way
    chart, records = visited(new_chart)
    hidden, path = records[along], f"{kind}?patient={chart.id}&{query}"
    withhold(claims, app, consents, chart, hidden, "PSY")
    require_withheld(claims, app, hidden)
    answer = app.send_raw("GET", path)
    measured["answer"] = answer.status
    expect.that(
        hidden.id not in delivered(answer),
        f"a withheld {along} comes along with the search",
        expected="a refusal, or a searchset without it",
        actual=answer.brief(),
    )


def visited(new_chart):
    """Return a chart with a condition that names its visit, and both records by type."""
    for _ in range(8):
        chart = new_chart()
        visits = {f"Encounter/{item.id}": item for item in chart.of_type("Encounter")}
        for condition in chart.of_type("Condition"):
            visit = visits.get(condition.body.get("encounter", {}).get("reference"))
            if visit is not None:
                return chart, {"Condition": condition, "Encounter": visit}
    raise Inconclusive("none of eight charts has a condition that names its visit")


def delivered(answer):
    """Return the ids of all records in a searchset, matches or not; none in a refusal."""
    if answer.status != 200:
        expect.status(answer, *REFUSED)
        return []
    return [entry.get("resource", {}).get("id") for entry in answer.resource("Bundle").get("entry", [])]


@pytest.mark.requirement("CST-01", tripped_by=["counts-before-it-withholds"])
@pytest.mark.parametrize("query", COUNTS.values(), ids=COUNTS)
def test_class_is_withheld_from_counts(app, claims, consents, chart, query, measured):
    """A record of a class that the patient has withheld is not counted

    A condition gets the label of the class. Control: the patient permits everything, and it is read. Then the patient
    withholds the class, and conditions are counted: by `_summary=count`, by a page without entries, by a page with one,
    by a total that has to be accurate. It may be refused; a total must be no more than what may be seen.

    Whoever is told "three conditions" and shown two knows that there is one to ask about.

    42 CFR Part 2; HL7 FHIR R4, search: _summary, _count and _total.
    """
    condition = chart.of_type("Condition")[0]
    withhold(claims, app, consents, chart, condition, "PSY")
    require_withheld(claims, app, condition)
    asked = query.format(id=condition.id)
    answer = app.send_raw("GET", f"Condition?patient={chart.id}&{asked}")
    measured["answer"] = answer.status
    if answer.status != 200:
        expect.status(answer, *REFUSED)
        return
    bundle = answer.resource("Bundle")
    seen = 0 if "_id=" in asked else len([item for item in chart.of_type("Condition") if not secret(item, condition)])
    told = bundle.get("total", 0)
    expect.that(
        told <= seen,
        f"a count by {asked.partition('=')[0]} counts what is withheld",
        expected=f"at most {seen}",
        actual=told,
    )


def secret(item, condition):
    """Tell whether a condition of the chart is withheld."""
    codes = [label["code"] for label in item.body.get("meta", {}).get("security", [])]
    return item.id == condition.id or "PSY" in codes
