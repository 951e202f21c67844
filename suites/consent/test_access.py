"""Family CST: who may see a record, for what, and when."""

import datetime as dt

import pytest

from gauntlet import expect
from gauntlet.consents import becomes, permit, require_refused, require_served
from gauntlet.errors import Inconclusive

A_DOCTOR, ANOTHER_DOCTOR = "Practitioner/a-doctor", "Practitioner/another-doctor"
USERS = "user/*.rs"


def moment(days):
    """Return a moment `days` from now as a FHIR dateTime."""
    return (dt.datetime.now(dt.UTC) + dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.requirement("CST-02", tripped_by=["consent-needs-no-purpose"])
def test_purpose_is_required(app, apps, consents, claims, refused, chart):
    """Without a purpose of use nothing is served

    Control: a read for treatment. Mutations: the same without a purpose, and with one that does not exist.

    Consent is given for something; an access for nothing in particular is not covered by it.

    HL7 v3 PurposeOfUse; IHE IUA, purpose of use.
    """
    consents.only(chart, permit())
    for purpose in (None, "NONESUCH"):
        other = apps.app(purpose=purpose)
        refused(
            lambda: app.read("Patient", chart.id),
            lambda other=other: other.read("Patient", chart.id),
            status=(400, 401, 403),
        )


@pytest.mark.requirement("CST-02", tripped_by=["consent-ignores-purpose"])
def test_purpose_without_consent(app, apps, consents, claims, chart):
    """A purpose to which the patient has not consented is refused

    The patient permits treatment and nothing else. Control: a read for treatment. Then the same for the other purpose,
    by read and by search.

    Patients who let their doctors see everything have not agreed to be studied.

    HIPAA 45 CFR 164.508; HL7 FHIR R4 Consent, provision.purpose.
    """
    consents.only(chart, permit(claims.consent.treatment))
    require_served(claims, app, "Patient", chart.id)
    other = apps.app(purpose=claims.consent.other_purpose)
    require_refused(claims, other, "Patient", chart.id, "for a purpose that the patient has not permitted")
    found = other.search("Condition", {"patient": chart.id})
    shown = [item.id for item in chart.of_type("Condition") if item.id.encode() in found.body]
    expect.equal(shown, [], "a search for a purpose that the patient has not permitted gives records")
    consents.only(chart, permit(claims.consent.treatment, claims.consent.other_purpose))
    if not becomes(claims, other, "Patient", chart.id, True):
        raise Inconclusive("the other purpose is refused even with consent: the refusals say nothing")


@pytest.mark.requirement("CST-03", tripped_by=["consent-ignores-encounter"])
def test_limited_to_an_encounter(app, consents, claims, new_chart):
    """Consent for one encounter gives no access to what belongs to another one

    The patient permits what belongs to one encounter. Control: an observation of it. Then one of another encounter.

    "For this visit only" is what patients say to a hospital that is not their own.

    HL7 FHIR R4 Consent, provision.data.
    """
    chart, inside, outside = two_visits(new_chart)
    encounter = inside.body["encounter"]["reference"]
    consents.only(
        chart, permit(claims.consent.treatment, data=[{"meaning": "related", "reference": {"reference": encounter}}])
    )
    require_served(claims, app, "Observation", inside.id)
    require_refused(claims, app, "Observation", outside.id, "that belongs to an encounter without consent")


def two_visits(new_chart):
    """Return a chart and two of its observations that belong to different encounters."""
    for _ in range(8):
        chart = new_chart()
        seen = [item for item in chart.of_type("Observation") if "encounter" in item.body]
        for item in seen:
            if item.body["encounter"]["reference"] != seen[0].body["encounter"]["reference"]:
                return chart, seen[0], item
    raise Inconclusive("none of eight charts has observations of two encounters")


@pytest.mark.requirement("CST-03", tripped_by=["consent-ignores-period"])
def test_limited_to_a_period(app, consents, claims, chart):
    """Consent for a period gives no access before it begins

    Control: a consent that has begun. Then one that begins tomorrow.

    Consent for next week's operation is no consent for today's curiosity.

    HL7 FHIR R4 Consent, provision.period.
    """
    consents.only(chart, permit(claims.consent.treatment, period={"start": moment(-1), "end": moment(2)}))
    require_served(claims, app, "Patient", chart.id)
    consents.only(chart, permit(claims.consent.treatment, period={"start": moment(1), "end": moment(2)}))
    require_refused(claims, app, "Patient", chart.id, "before the consent begins")


@pytest.mark.requirement("CST-03", tripped_by=["consent-ignores-actor"])
def test_limited_to_an_actor(apps, consents, claims, chart):
    """Consent for one person gives no access to another one

    The patient permits one practitioner. Control: a read of that user. Then the same of another user.

    Nurses who are neighbours are why patients name their doctor.

    HL7 FHIR R4 Consent, provision.actor.
    """
    role = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]}
    consents.only(chart, permit(claims.consent.treatment, actor=[{"role": role, "reference": {"reference": A_DOCTOR}}]))
    named, other = (apps.app(scope=USERS, user=user) for user in (A_DOCTOR, ANOTHER_DOCTOR))
    require_served(claims, named, "Patient", chart.id)
    require_refused(claims, other, "Patient", chart.id, "to a user whom the patient has not named")


@pytest.mark.requirement("CST-05", tripped_by=["consent-ignores-expiry"])
def test_expired_consent(app, consents, claims, chart):
    """Expired consent gives no access

    Control: a consent that ends tomorrow. Then one that ended yesterday.

    Nobody calls to say that a consent has run out.

    HL7 FHIR R4 Consent, provision.period.
    """
    consents.only(chart, permit(claims.consent.treatment, period={"start": moment(-2), "end": moment(1)}))
    require_served(claims, app, "Patient", chart.id)
    consents.only(chart, permit(claims.consent.treatment, period={"start": moment(-2), "end": moment(-1)}))
    require_refused(claims, app, "Patient", chart.id, "after its consent has expired")
