"""Family CST: what is written about a patient needs a purpose and consent as what is read does."""

import pytest

from gauntlet import expect, writing
from gauntlet.consents import becomes, permit, require_served
from gauntlet.errors import Inconclusive

A_DOCTOR, ANOTHER_DOCTOR = "Practitioner/a-writer", "Practitioner/another-writer"
USERS = "user/*.cruds"
REFUSED = (400, 401, 403, 404)


@pytest.mark.requirement("CST-02", tripped_by=["asks-no-purpose-of-writes"])
def test_writes_need_a_purpose(app, apps, consents, claims, refused, chart):
    """Without a purpose of use nothing is written

    Control: a create for treatment. Mutations: the same without a purpose, and with one that does not exist: refused,
    and the EHR is asked for nothing.

    What is entered into a chart for no purpose is what nobody can account for later.

    HL7 v3 PurposeOfUse; API strategy for legacy EHR vendors, section 4.
    """
    kind = writing.writable(claims)
    consents.only(chart, permit())
    for purpose in (None, "NONESUCH"):
        other = apps.app(purpose=purpose)
        refused(
            lambda: app.create(kind, writing.body(kind, chart)),
            lambda other=other: other.create(kind, writing.body(kind, chart)),
            status=(400, 401, 403),
        )


@pytest.mark.requirement("CST-02", tripped_by=["consent-ignores-purpose", "consent-unasked-on-writes"])
def test_writes_without_consent_to_the_purpose(app, apps, ehr, consents, claims, chart):
    """For a purpose to which the patient has not consented nothing is written

    The patient permits treatment and nothing else. Control: a create for treatment. Then the same for the other
    purpose: refused, and the EHR holds nothing more.

    A study that may not see a chart may not add its findings to it, either.

    HL7 FHIR R4 Consent, provision.purpose.
    """
    consents.only(chart, permit(claims.consent.treatment))
    other = apps.app(purpose=claims.consent.other_purpose)
    require_unwritten(ehr, claims, chart, app, other)


@pytest.mark.requirement("CST-03", tripped_by=["consent-ignores-actor", "consent-unasked-on-writes"])
def test_writes_of_another_actor(apps, ehr, consents, claims, chart):
    """Where one person has consent another one writes nothing

    The patient permits one practitioner. Control: a create of that user. Then the same of another user: refused, and
    the EHR holds nothing more.

    An entry by somebody whom the patient has shut out shows that they had the chart open.

    HL7 FHIR R4 Consent, provision.actor.
    """
    role = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]}
    consents.only(chart, permit(claims.consent.treatment, actor=[{"role": role, "reference": {"reference": A_DOCTOR}}]))
    named, other = (apps.app(scope=USERS, user=user) for user in (A_DOCTOR, ANOTHER_DOCTOR))
    require_unwritten(ehr, claims, chart, named, other)


def require_unwritten(ehr, claims, chart, permitted, other):
    """Pass when the permitted app creates a record and the other one does not, by its answer and at the EHR."""
    kind = writing.writable(claims)
    require_served(claims, permitted, "Patient", chart.id)
    control = permitted.create(kind, writing.body(kind, chart))
    if control.status not in (201, 202):
        raise Inconclusive(f"the control create is not served although the patient permits it: {control.brief()}")
    becomes(claims, other, "Patient", chart.id, False)  # or the time is over in which it has to
    before = ehr.written(kind, chart.id)
    if not before:
        raise Inconclusive("the control create never reached the EHR")
    answer = other.create(kind, writing.body(kind, chart))
    expect.equal(len(ehr.written(kind, chart.id)), len(before), "a record was written without consent")
    expect.status(answer, *REFUSED)
