"""Family NEG: what the EHR answers can be broken, too. None of it may reach the consumer as data."""

import pytest

from gauntlet import expect
from gauntlet.drift import answer_to_drift, expect_counted
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault
from gauntlet.target_resilience import ResilienceClaim

pytestmark = pytest.mark.upstream("epic", "allscripts")

KINDS = [
    *("html-page", "truncated", "broken-json", "empty-body", "blank-body"),
    pytest.param("wrong-content-type", marks=pytest.mark.upstream("epic")),  # Unity's answers are JSON and plain text
    "utf-16-body",
    *(
        pytest.param(kind, marks=pytest.mark.upstream("epic"))
        for kind in (
            *("chunks-without-end", "chunks-wrong-size", "length-contradicting", "length-too-short"),
            *("gzip-truncated", "gzip-undeclared", "latin-1-names"),
        )
    ),
]
SLACK_S = 1.0


@pytest.mark.requirement("NEG-09", tripped_by=["passes-broken-upstream", "waits-for-better-answers"])
@pytest.mark.parametrize("kind", KINDS)
def test_broken_upstream_answer(refused, app, ehr, claims, new_chart, kind):
    """A broken answer of the EHR becomes 502 with an OperationOutcome, within the latency budget

    Control: a read without the fault. Then the EHR answers 200 with an HTML page, half of a body, broken JSON,
    another type or charset than it says, nothing, or five megabytes of blanks; or the message is broken: chunks that do
    not add up, two lengths, a length that is too short, gzip that ends early or is not declared. The answer must come
    within the claimed latency budget (ten seconds where none is claimed).

    An app that gets half a medication list and 200 believes it.

    RFC 9110 section 15.6.3; RFC 9112 sections 6.3, 7.1 and 8.
    """
    chart, control = new_chart(), new_chart()  # what was read before may be served from a cache, marked
    refused.require_control(lambda: app.read("Patient", control.id))
    budget = (claims.resilience or ResilienceClaim()).latency_budget_s
    with ehr.fault(fault(kind, patient=chart.id)) as armed:
        answer = app.within(budget + SLACK_S + 5).read("Patient", chart.id)
        ehr.require_applied(armed)
    expect.status(answer, 502)
    expect.operation_outcome(answer)
    expect.at_most(answer.duration_s, budget + SLACK_S, "the refusal came after the latency budget", "s")


@pytest.mark.requirement("NEG-10", tripped_by=["skips-patient-guard"])
@pytest.mark.parametrize(
    "resource_type",
    [
        pytest.param("Patient", marks=pytest.mark.upstream("epic")),  # such rows of Unity say nothing of whose they are
        pytest.param("Condition", marks=pytest.mark.upstream("epic")),
        "Encounter",
    ],
)
def test_wrong_patient_from_upstream(refused, app, ehr, chart, resource_type):
    """Another patient's data in the EHR's answer is never delivered

    Control: the request without the fault. Then the EHR answers with somebody else's record.

    A wrong record in the right window is the error nobody notices until harm is done.

    API strategy for legacy EHR vendors: wrong-patient answers.
    """

    def ask():
        if resource_type == "Patient":
            return app.read("Patient", chart.id)
        return app.search(resource_type, {"patient": chart.id})

    refused.require_control(ask)
    with ehr.fault(fault("wrong-patient", patient=chart.id)) as armed:
        answer = ask()
        ehr.require_applied(armed)
    expect.status(answer, 502, 500, 503)
    expect.operation_outcome(answer)


@pytest.mark.upstream("epic")  # rows of Unity point to nobody
@pytest.mark.requirement("NEG-10", tripped_by=["skips-patient-guard"])
@pytest.mark.parametrize("how", ["read", "search"])
def test_reference_to_another_patient(refused, app, ehr, new_chart, how):
    """A record of the EHR that points to another patient is not delivered as it is

    A condition is put into the EHR whose subject is one patient and whose asserter is another one. Control: another
    condition, read before. Then that condition is read, and the patient's conditions are searched: an error with an
    OperationOutcome, or an answer that does not name the other patient.

    One wrong reference is enough to mix two charts in every app that follows it.

    API strategy for legacy EHR vendors: wrong-patient answers.
    """
    own, other = new_chart(), new_chart()
    pattern = own.of_type("Condition")[0].body
    refused.require_control(lambda: app.read("Condition", pattern["id"]))
    crossed = {**pattern, "id": f"{own.id[:20]}-crossed", "asserter": {"reference": f"Patient/{other.id}"}}
    with ehr.added(crossed):
        mark = ehr.mark()
        answer = app.read("Condition", crossed["id"]) if how == "read" else app.search("Condition", {"patient": own.id})
        asked = [call for call in refused.about_us(ehr.calls(since=mark)) if call["status"] == 200]
        held = {item["resource"]["id"] for item in ehr.held("Condition", own.id)}
    if not asked or crossed["id"] not in held:
        raise Inconclusive("the EHR was not asked for the record that points to another patient, or does not hold it")
    expect.status(answer, 200, 500, 502, 503)
    expect.that(
        other.id not in answer.text,
        "a reference to another patient is delivered",
        expected="an error, or nothing of the other patient",
        actual=answer.brief(),
    )
    if answer.status != 200:
        expect.operation_outcome(answer)


def drift(kind, *defects):
    """Return a parameter that the given defects trip, besides those that look at nothing."""
    mark = pytest.mark.requirement("CON-15", tripped_by=["passes-drifted-payload", *defects])
    return pytest.param(kind, marks=mark)


@pytest.mark.upstream("epic")
@pytest.mark.parametrize(
    "kind",
    [
        drift("drift-required-field-gone"),
        drift("drift-renamed-field"),
        drift("drift-type-changed", "passes-other-types"),
        drift("drift-unknown-code", "passes-unknown-codes"),
    ],
)
def test_drifted_payload(refused, app, ehr, chart, claims, moved, kind):
    """An upstream payload that breaks the contract is detected, not passed on, and counted

    Control: the read without the fault. Then a required element is gone, or has another name or type, or holds a code
    that its required value set does not have. The metric of schema failures is looked at where metrics are claimed.

    After an EHR upgrade the gateway must be the one that notices, not the ward.

    FHIR R4, cardinality and required bindings; RFC 9110 section 15.6.3.
    """
    observation = chart.of_type("Observation")[0]
    refused.require_control(lambda: app.read("Observation", observation.id))
    watch = moved() if claims.observability else None
    spec = fault(kind, patient=chart.id)
    answer, drifted = answer_to_drift(ehr, spec, lambda: app.read("Observation", observation.id))
    expect.status(answer, 502)
    expect.operation_outcome(answer)
    expect_counted(watch, drifted)


@pytest.mark.upstream("epic")
@pytest.mark.requirement("CON-15", tripped_by=["passes-drifted-payload", "checks-reads-only"])
def test_drifted_entries(refused, app, ehr, chart, claims, moved):
    """Records that break the contract are detected in searches, too

    Control: the search without the fault. Then the records in the EHR's bundle miss a required element.

    Most apps search; a check of reads alone guards the door that nobody uses.

    FHIR R4, cardinality and required bindings; RFC 9110 section 15.6.3.
    """

    def ask():
        return app.search("Observation", {"patient": chart.id, "category": "laboratory"})

    if not refused.require_control(ask).matches():
        raise Inconclusive("the chart has no laboratory result: no entry could drift")
    watch = moved() if claims.observability else None
    answer, drifted = answer_to_drift(ehr, fault("drift-required-field-gone", patient=chart.id), ask)
    expect.status(answer, 502)
    expect.operation_outcome(answer)
    expect_counted(watch, drifted, or_more=True)
