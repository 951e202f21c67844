"""Family AUT: what a token reaches. Scope by type and action, and the patient a token was launched for."""

import pytest

from gauntlet import expect, writing
from gauntlet.addressing import names_patient
from gauntlet.errors import Inconclusive
from gauntlet.posted_search import require_offered, search_by_form

pytestmark = pytest.mark.upstream("epic", "allscripts")


def require_insufficient_scope(answer):
    """Fail unless the refusal names insufficient_scope, as RFC 6750 section 3.1 asks."""
    challenge = answer.headers.get("www-authenticate", "")
    expect.that(
        "insufficient_scope" in challenge,
        "the refusal does not say that the scope is too small",
        expected='WWW-Authenticate: Bearer error="insufficient_scope"',
        actual=challenge or "no WWW-Authenticate header",
    )


@pytest.mark.requirement("AUT-04", tripped_by=["ignores-scope-type"])
def test_scope_of_another_type(refused, apps, chart):
    """A token for one resource type does not open another

    The control reads a patient with a scope for Patient; the mutation reads conditions with the same token.

    An app for appointments has no business in a problem list.

    SMART App Launch 2, scopes for requesting FHIR resources.
    """
    narrow = apps.app(scope="system/Patient.rs")
    answer = refused(
        lambda: narrow.read("Patient", chart.id),
        lambda: narrow.search("Condition", {"patient": chart.id}),
        status=(403,),
    )
    require_insufficient_scope(answer)


@pytest.mark.requirement("AUT-04", tripped_by=["ignores-scope-action"])
def test_scope_without_search(refused, apps, chart):
    """A token that may read may not search

    The control reads a patient with the action r; the mutation searches with the same token, whose scope lacks s.

    Reading one known record and listing all of them are different powers; SMART keeps them apart.

    SMART App Launch 2, scopes: r read, s search.
    """
    narrow = apps.app(scope="system/Patient.r system/Condition.r")
    answer = refused(
        lambda: narrow.read("Patient", chart.id),
        lambda: narrow.search("Condition", {"patient": chart.id}),
        status=(403,),
    )
    require_insufficient_scope(answer)


@pytest.mark.requirement("AUT-04", tripped_by=["ignores-scope-action"])
def test_scope_without_create(refused, apps, claims, new_chart):
    """A token that may read and search may not write

    Control: a create with a token whose scope has the action c. Mutation: the same create with the actions r and s.

    An app that shows charts must not be able to change them, whatever happens to it.

    SMART App Launch 2, scopes: c create.
    """
    if claims.write is None:
        pytest.skip("the target does not claim write")
    resource_type = writing.writable(claims)
    writer, reader = (apps.app(scope=f"system/{resource_type}.{actions}") for actions in ("crs", "rs"))
    answer = refused(
        lambda: writer.create(resource_type, writing.body(resource_type, new_chart())),
        lambda: reader.create(resource_type, writing.body(resource_type, new_chart())),
        status=(403,),
    )
    require_insufficient_scope(answer)


@pytest.mark.requirement("AUT-05", tripped_by=["ignores-patient-scope-on-read"])
def test_patient_token_reads_another_patient(refused, apps, new_chart):
    """A token launched for one patient does not read another one's record

    Control: the launch patient's own record. Mutation: the record of somebody else.

    This is the difference between a patient's app and a breach.

    SMART App Launch 2, patient-specific scopes.
    """
    own, other = new_chart(), new_chart()
    patient_app = apps.app(scope="patient/*.rs", patient=own.id)
    refused(
        lambda: patient_app.read("Patient", own.id),
        lambda: patient_app.read("Patient", other.id),
        status=(403, 404),
    )


@pytest.mark.requirement("AUT-05", tripped_by=["ignores-patient-scope-on-read"])
def test_patient_token_reads_another_patients_condition(apps, refused, new_chart, record_ids):
    """A token launched for one patient does not read a condition of another one

    The id of somebody else's condition is known to the caller. The gateway cannot know whose it is before the EHR
    answers, so it may ask the EHR, but nothing of it may be delivered.

    Ids travel in referrals and links; knowing one must not be enough.

    SMART App Launch 2, patient-specific scopes.
    """
    own, other = new_chart(), new_chart()
    patient_app = apps.app(scope="patient/*.rs", patient=own.id)
    mine, foreign = (record_ids(chart, "Condition")[0] for chart in (own, other))
    answer = refused(
        lambda: patient_app.read("Condition", mine),
        lambda: patient_app.read("Condition", foreign),
        status=(403, 404),
        upstream_calls=1,
    )
    expect.that(
        not names_patient(answer.text.replace(foreign, ""), other.id),
        "the refusal names the other patient",
        expected="nothing of the other record",
        actual=answer.brief(),
    )


@pytest.mark.requirement("AUT-05", tripped_by=["ignores-patient-scope-on-search"])
def test_patient_token_searches_another_patient(apps, refused, new_chart):
    """A token launched for one patient does not search another one's records

    Control: the launch patient's conditions. Mutation: the same search for somebody else.

    SMART App Launch 2, patient-specific scopes.
    """
    own, other = new_chart(), new_chart()
    patient_app = apps.app(scope="patient/*.rs", patient=own.id)
    refused(
        lambda: patient_app.search("Condition", {"patient": own.id}),
        lambda: patient_app.search("Condition", {"patient": other.id}),
        status=(403,),
    )


@pytest.mark.requirement("AUT-05", tripped_by=["ignores-patient-scope-of-forms"])
def test_patient_token_searches_another_patient_by_form(apps, refused, new_chart):
    """A token launched for one patient does not search another one's records by a form

    Control: the launch patient's conditions, by `POST Condition/_search`. Mutation: the same form for somebody else.
    Gateways that offer no search by POST are not judged here.

    The second way into a house is the one whose lock is forgotten.

    SMART App Launch 2, patient-specific scopes; FHIR R4 http.html#search.
    """
    own, other = new_chart(), new_chart()
    require_offered(apps.app(), own.id)
    patient_app = apps.app(scope="patient/*.rs", patient=own.id)
    refused(
        lambda: search_by_form(patient_app, "Condition", {"patient": own.id}),
        lambda: search_by_form(patient_app, "Condition", {"patient": other.id}),
        status=(403,),
    )


def has_many_vitals(chart):
    """Return whether the chart has more vital signs than fit a page of two."""
    categories = [
        coding.get("code")
        for record in chart.of_type("Observation")
        for category in record.body.get("category", [])
        for coding in category.get("coding", [])
    ]
    return categories.count("vital-signs") > 2


@pytest.mark.requirement("AUT-05", tripped_by=["accepts-foreign-pages"])
def test_paging_link_of_another_patient(apps, ehr, refused, chart_where, new_chart):
    """A paging link of one patient's search is worth nothing in the hands of another one's app

    A patient's app searches with two records on a page; the next link works for it (control) and must not deliver
    anything to an app that was launched for somebody else.

    Links are pasted, logged and cached; a page must be guarded like the search it came from.

    SMART App Launch 2, patient-specific scopes; FHIR R4, paging.
    """
    own, other = chart_where(has_many_vitals), new_chart()
    owner = apps.app(scope="patient/*.rs", patient=own.id)
    stranger = apps.app("batch", scope="patient/*.rs", patient=other.id)
    first = refused.require_control(
        lambda: owner.search("Observation", {"patient": own.id, "category": "vital-signs", "_count": "2"})
    )
    links = {link["relation"]: link["url"] for link in first.resource("Bundle").get("link", [])}
    if "next" not in links:
        raise Inconclusive("the search has one page only: there is no link to try")
    answer = refused(
        lambda: owner.send("GET", links["next"]),
        lambda: stranger.send("GET", links["next"]),
        status=(400, 401, 403, 404, 410),
        control_reaches_ehr=False,
    )
    expect.that(
        not names_patient(answer.text.replace(links["next"], ""), own.id),
        "the refusal names the patient",
        expected="nothing of the other record",
        actual=answer.brief(),
    )


@pytest.mark.requirement("AUT-05", tripped_by=["ignores-patient-scope-on-create"])
def test_patient_token_writes_for_another_patient(apps, refused, new_chart, claims):
    """A token launched for one patient does not write into another one's chart

    Control: a create for the launch patient. Mutation: the same create for somebody else.

    A wrong entry is worse than a read: somebody is treated by it.

    SMART App Launch 2, patient-specific scopes.
    """
    if claims.write is None:
        pytest.skip("the target does not claim write")
    resource_type = writing.writable(claims)
    own, other = new_chart(), new_chart()
    patient_app = apps.app(scope="patient/*.cruds", patient=own.id)
    refused(
        lambda: patient_app.create(resource_type, writing.body(resource_type, own)),
        lambda: patient_app.create(resource_type, writing.body(resource_type, other)),
        status=(403,),
    )
