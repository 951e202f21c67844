"""Family AUD: what is decided and changed has its record, too: writes, tokens that the gateway gets, consent."""

import pytest

from gauntlet import expect, writing
from gauntlet.consents import deny_labels, permit, require_refused, require_served
from gauntlet.errors import Inconclusive


@pytest.fixture
def correlated(claims):
    """Return the headers that carry a correlation id."""
    return lambda value: {claims.audit.correlation_header: value}


def only_record(audit, since, value):
    """Return the one record with a correlation id; fail when there is none, or are several."""
    found = audit.wait_for(since, lambda record: record["correlation_id"] == value)
    expect.equal(len(found), 1, f"the request {value} does not have exactly one record")
    return found[0]


@pytest.mark.requirement("AUD-01", tripped_by=["audit-skips-writes"])
def test_writes_are_recorded(app, ehr, audit, claims, correlated, chart):
    """A write has exactly one record, and so has one that is refused

    A create that the EHR holds afterwards, and one with a body that is no resource. Each has its own correlation id.

    Who entered the allergy is asked when it turns out to be another patient's.

    IHE ATNA; HIPAA 45 CFR 164.312(b).
    """
    kind = writing.writable(claims)
    since = audit.size()
    done, refused = (f"gauntlet-{chart.index}-{name}" for name in ("written", "no-resource"))
    expect.status(app.create(kind, writing.body(kind, chart), headers=correlated(done)), 201)
    if not ehr.written(kind, chart.id):
        raise Inconclusive("the create is not at the EHR")
    expect.status(app.create(kind, b"{}", headers=correlated(refused)), 400, 422)
    record = only_record(audit, since, done)
    told = {name: record[name] for name in ("resource_type", "patient", "status")}
    expect.equal(told, {"resource_type": kind, "patient": chart.id, "status": 201}, "the record of the create")
    expect.equal(only_record(audit, since, refused)["resource_type"], kind, "the record of the refused create")


@pytest.mark.requirement("AUD-01", tripped_by=["audit-skips-grants"])
def test_token_grants_are_recorded(app, ehr, audit, claims, chart):
    """Each token that the EHR grants the gateway has exactly one record

    Control: a read. Then the gateway's tokens at the EHR die, and another read makes it ask for a new one. The trail
    must have as many records of grants as the EHR has granted tokens.

    A token is a key to every record; when and by whom it was fetched is where the look for a thief begins.

    NIST SP 800-53 AU-2; API strategy for legacy EHR vendors, section 3.
    """
    expect.status(app.read("Patient", chart.id), 200)
    since, mark = audit.size(), ehr.mark()
    ehr.expire_tokens()
    expect.status(app.read("Patient", chart.id), 200)
    granted = [call for call in ehr.token_calls(since=mark) if call["status"] == 200]
    if not granted:
        raise Inconclusive("the gateway asked for no EHR token although its old one had died")
    records = audit.wait_for(since, lambda record: record["action"] == claims.audit.grant_action, count=len(granted))
    expect.equal(len(records), len(granted), f"records of token grants (action {claims.audit.grant_action!r})")


@pytest.mark.requirement("AUD-01", tripped_by=["audit-skips-consent"])
def test_consent_decisions_are_recorded(app, audit, claims, consents, correlated, chart):
    """What consent decided about an access stands in its one record

    Control: a condition of one class is served while the patient permits everything. Then the patient withholds the
    class, and there are two reads, one of the patient and one of the withheld condition: each has one record, and
    their policy decisions differ. Without claimed consent there is nothing to decide.

    That a record was withheld, and on whose word, is what a patient is told who asks why nobody knew.

    IHE BALP; HL7 FHIR R4 Consent.
    """
    if claims.consent is None:
        pytest.skip("the target does not claim consent")
    condition = chart.of_type("Condition")[0]
    consents.label(condition, ["PSY"])
    consents.only(chart, permit(claims.consent.treatment))
    require_served(claims, app, "Condition", condition.id)
    consents.only(chart, permit(claims.consent.treatment, provision=[deny_labels("PSY")]))
    require_refused(claims, app, "Condition", condition.id, "although its class is withheld")
    since = audit.size()
    permitted, withheld = (f"gauntlet-{chart.index}-{name}" for name in ("permitted", "withheld"))
    expect.status(app.read("Patient", chart.id, headers=correlated(permitted)), 200)
    expect.status(app.read("Condition", condition.id, headers=correlated(withheld)), 403, 404)
    decided = [only_record(audit, since, value)["policy"] for value in (permitted, withheld)]
    expect.that(
        all(decided) and decided[0] != decided[1],
        "the records do not tell what consent decided",
        expected="two different policy decisions",
        actual=f"{decided[0]!r} and {decided[1]!r}",
    )
