"""Family NEG: what the EHR answers can be broken, too. None of it may reach the consumer as data."""

import pytest

from gauntlet import expect
from gauntlet.scenario import fault

KINDS = ["html-page", "truncated", "broken-json", "empty-body", "wrong-content-type", "utf-16-body"]


@pytest.mark.requirement("NEG-09", tripped_by=["passes-broken-upstream"])
@pytest.mark.parametrize("kind", KINDS)
def test_broken_upstream_answer(refused, app, ehr, chart, kind):
    """A broken answer of the EHR becomes 502 with an OperationOutcome

    Control: the read without the fault. Then the EHR answers 200 with an HTML page, half of a body, broken JSON, or
    nothing.

    An app that gets half a medication list and 200 believes it.

    RFC 9110 section 15.6.3.
    """
    refused.require_control(lambda: app.read("Patient", chart.id))
    with ehr.fault(fault(kind, patient=chart.id)) as armed:
        answer = app.read("Patient", chart.id)
        ehr.require_applied(armed)
    expect.status(answer, 502)
    expect.operation_outcome(answer)


@pytest.mark.requirement("NEG-10", tripped_by=["skips-patient-guard"])
@pytest.mark.parametrize("resource_type", ["Patient", "Condition"])
def test_wrong_patient_from_upstream(refused, app, ehr, chart, resource_type):
    """Another patient's data in the EHR's answer is never delivered

    Control: the request without the fault. Then the EHR answers with somebody else's record.

    A wrong record in the right window is the error nobody notices until harm is done.

    API strategy for legacy EHR vendors: wrong-patient answers.
    """

    def ask():
        if resource_type == "Patient":
            return app.read("Patient", chart.id)
        return app.search("Condition", {"patient": chart.id})

    refused.require_control(ask)
    with ehr.fault(fault("wrong-patient", patient=chart.id)) as armed:
        answer = ask()
        ehr.require_applied(armed)
    expect.status(answer, 502, 500, 503)
    expect.operation_outcome(answer)


@pytest.mark.requirement("CON-15", tripped_by=["passes-drifted-payload"])
@pytest.mark.parametrize("kind", ["drift-required-field-gone", "drift-renamed-field"])
def test_drifted_payload(refused, app, ehr, chart, kind):
    """An upstream payload that breaks the contract is detected, not passed on

    Control: the read without the fault. Then a required element is gone, or has another name.

    After an EHR upgrade the gateway must be the one that notices, not the ward.

    FHIR R4, cardinality and required bindings; RFC 9110 section 15.6.3.
    """
    condition = chart.of_type("Observation")[0]
    refused.require_control(lambda: app.read("Observation", condition.id))
    with ehr.fault(fault(kind, patient=chart.id)) as armed:
        answer = app.read("Observation", condition.id)
        ehr.require_applied(armed)
    expect.status(answer, 502)
    expect.operation_outcome(answer)
