"""Family AUT: what a patient's token reaches by way of something else: inclusion, reference, compartment."""

import pytest

from gauntlet import expect

BY_INCLUSION = {
    "include": ("Condition", "patient={own}&_include=Condition:encounter"),
    "include-all": ("Condition", "patient={own}&_include=*"),
    "include-iterated": ("Condition", "patient={own}&_include:iterate=Condition:encounter"),
}
BY_REFERENCE = {
    "reverse-include": ("Encounter", "patient={own}&_revinclude=Condition:encounter"),
    "referenced-record": ("Encounter/{theirs}", ""),
    "by-reference": ("Condition", "encounter={theirs}"),
    "own-by-reference": ("Condition", "patient={own}&encounter={theirs}"),
    "chained": ("Condition", "patient={own}&encounter.patient={other}"),
    "chained-alone": ("Condition", "encounter:Encounter.patient={other}"),
    "compartment": ("Patient/{other}/Condition", ""),
    "everything": ("Patient/{other}/$everything", ""),
}


def aut_05(*more):
    """Return the mark of one way to another patient."""
    return pytest.mark.requirement("AUT-05", tripped_by=["follows-references-unasked", *more])


@pytest.mark.parametrize(
    "way",
    [pytest.param(way, id=name, marks=aut_05("includes-anybody")) for name, way in BY_INCLUSION.items()]
    + [pytest.param(way, id=name, marks=aut_05()) for name, way in BY_REFERENCE.items()],
)
def test_reference_leads_to_another_patient(apps, refused, ehr, new_chart, way):
    """A token launched for one patient reaches no other one by inclusion, reference or compartment

    Two records are put into the EHR, as a mistyped visit number leaves them there: a condition of the launch patient
    that points to a visit of somebody else, and a condition of somebody else that points to a visit of the launch
    patient. An app that may see everything reads them and what they point to, the launch patient's app searches its
    own conditions and is refused the other one (controls). Then that app asks for what lies behind the references: by
    `_include`, `_revinclude`, the record itself, a search by it, a chain, or the other patient's compartment. It may be
    refused, or given its own patient's records; nothing of the other patient may come.

    References are how a chart hangs together, and how one patient's app gets into another one's chart.

    SMART App Launch 2, patient-specific scopes; FHIR R4, search: _include and _revinclude, chained parameters.
    """
    own, other = new_chart(), new_chart()
    theirs, mine = other.of_type("Encounter")[0].id, own.of_type("Encounter")[0].id
    planted = crossing(own, theirs, "own"), crossing(other, mine, "other")
    patient_app, everything = apps.app(scope="patient/*.rs", patient=own.id), apps.app()
    path, query = (part.format(own=own.id, other=other.id, theirs=theirs) for part in way)
    with ehr.added(planted[0]), ehr.added(planted[1]):
        for known in (f"Encounter/{theirs}", f"Encounter/{mine}", *(f"Condition/{body['id']}" for body in planted)):
            refused.require_control(lambda known=known: everything.send("GET", known))
        refused.require_control(lambda: patient_app.search("Condition", {"patient": own.id}))
        expect.status(patient_app.read("Condition", planted[1]["id"]), 403, 404)
        answer = patient_app.send_raw("GET", f"{path}?{query}" if query else path)
    require_nothing_of(other, answer, {planted[1]["id"]})


def crossing(chart, encounter, whose):
    """Return one more condition of `chart` that points to a visit of somebody else."""
    pattern = chart.of_type("Condition")[0].body
    return {
        **pattern,
        "id": f"{chart.id[:20]}-cross-{whose}",
        "encounter": {"reference": f"Encounter/{encounter}"},
    }


def require_nothing_of(other, answer, planted):
    """Fail when an answer is no refusal and holds a record of `other`, or names that patient beyond what was asked."""
    theirs = {record.id for records in (other.of_type("Encounter"), other.of_type("Condition")) for record in records}
    delivered = set(ids_in(answer.json())) if answer.status == 200 else set()
    expect.equal(sorted(delivered & (theirs | planted | {other.id})), [], "records of another patient are delivered")
    if answer.status != 200:
        expect.status(answer, 400, 403, 404, 405, 422, 501)
    expect.that(
        f'"Patient/{other.id}"' not in answer.text,
        "a record of another patient is delivered",
        expected="a refusal, or the launch patient's records only",
        actual=answer.brief(),
    )


def ids_in(value):
    """Yield the ids of all resources in a document, wherever they stand."""
    if isinstance(value, dict):
        if "resourceType" in value and "id" in value:
            yield value["id"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from ids_in(item)
