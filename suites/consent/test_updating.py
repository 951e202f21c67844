"""Family CST: what is there is changed for a purpose and with consent only, also by those who have read it before."""

from typing import NamedTuple

import pytest

from gauntlet import expect
from gauntlet.consents import deny_labels, permit, require_served, require_withheld
from gauntlet.errors import Inconclusive
from gauntlet.updates import changed, note_at_ehr, updatable, update

LABEL, CONTROL = "PSY", "while it was permitted"
REFUSED = (400, 401, 403, 404, 412)  # to If-Match, what is withheld may not exist (RFC 9110 section 13.1.1)


class Held(NamedTuple):
    """A record of the EHR."""

    type: str
    id: str


@pytest.fixture
def record(app, ehr, consents, claims, chart):
    """Return a record that was updated while the patient permitted treatment and nothing else."""
    consents.only(chart, permit(claims.consent.treatment))
    created = Held(*updatable(claims, app, chart))
    require_served(claims, app, *created)
    control = update(app, created, *changed(app, created, CONTROL))
    if control.status != 200 or note_at_ehr(ehr, created, chart) != CONTROL:
        raise Inconclusive(f"the control update was not written: {control.brief()}")
    return created


def require_unwritten(ehr, answer, record, chart):
    """Pass when an update is refused and the EHR holds what the control wrote."""
    expect.equal(note_at_ehr(ehr, record, chart), CONTROL, "a record was changed without consent")
    expect.status(answer, *REFUSED)


@pytest.mark.requirement("CST-01", tripped_by=["consent-unasked-on-updates"])
def test_withheld_record_is_not_updated(app, ehr, consents, claims, chart, record):
    """A record that is withheld is not changed by somebody who still has its tag

    Control: an update while treatment is permitted. Then the record gets the label of a class and is read once more;
    then the patient denies that class. Mutation: an update with the tag of that read: refused, and the EHR holds what
    it held.

    An app that kept a record open would go on writing into what its user may not see any more.

    HL7 FHIR R4 Consent, provision.securityLabel; API strategy for legacy EHR vendors, section 4.
    """
    consents.label(record, [LABEL])
    require_served(claims, app, *record)
    tag, body = changed(app, record, "when it was withheld")
    consents.only(chart, permit(claims.consent.treatment, provision=[deny_labels(LABEL)]))
    require_withheld(claims, app, record)
    require_unwritten(ehr, update(app, record, tag, body), record, chart)


@pytest.mark.requirement("CST-02", tripped_by=["asks-no-purpose-of-writes"])
def test_updates_need_a_purpose(app, apps, ehr, chart, record):
    """Without a purpose of use nothing is changed

    Control: an update for treatment. Mutations: the same without a purpose, and with one that does not exist: refused,
    and the EHR holds what it held.

    A change that nobody can account for is worse than an entry that nobody can account for: it replaces one.

    HL7 v3 PurposeOfUse; API strategy for legacy EHR vendors, section 4.
    """
    for purpose in (None, "NONESUCH"):
        tag, body = changed(app, record, "for no purpose")
        require_unwritten(ehr, update(apps.app(purpose=purpose), record, tag, body), record, chart)


@pytest.mark.requirement("CST-02", tripped_by=["consent-ignores-purpose", "consent-unasked-on-updates"])
def test_updates_without_consent_to_the_purpose(app, apps, ehr, claims, chart, record):
    """For a purpose to which the patient has not consented nothing is changed

    The patient permits treatment and nothing else. Control: an update for treatment. Then the same for the other
    purpose: refused, and the EHR holds what it held.

    A study that may not see a chart may not correct it, either.

    HL7 FHIR R4 Consent, provision.purpose.
    """
    tag, body = changed(app, record, "for a study")
    other = apps.app(purpose=claims.consent.other_purpose)
    require_unwritten(ehr, update(other, record, tag, body), record, chart)
