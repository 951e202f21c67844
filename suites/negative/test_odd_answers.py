"""Family NEG: answers of the EHR that one client reads and another refuses. The consumer gets the record or is told."""

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault

EVERY_ATTEMPT = 9  # a repeat meets the fault as well
OF_THE_EHR = ("set-cookie", "x-injected", "x-padding")


def neg_09(kind, *defects):
    """Return the parameter of a kind of answer that `defects` show themselves by."""
    return pytest.param(kind, marks=pytest.mark.requirement("NEG-09", tripped_by=list(defects)))


@pytest.mark.upstream("epic")
@pytest.mark.parametrize(
    "kind",
    [
        neg_09("framing-twice", "passes-broken-upstream"),
        neg_09("huge-header", "passes-broken-upstream"),
        neg_09("many-cookies", "passes-broken-upstream"),
        neg_09("injected-header", "passes-on-answer-headers"),
    ],
)
def test_odd_upstream_answer(refused, app, ehr, new_chart, kind):
    """Of an odd answer of the EHR the consumer gets the record itself or an error, and nobody else gets any of it

    Control: the read without the fault. Then the EHR's answer has two framings, a header of 64 kB, two hundred cookies,
    or a cookie smuggled into a header. The consumer must get the record of the control, or a 502 with an
    OperationOutcome, in both cases without headers of the EHR. The next reads, of other patients, must get these.

    What a proxy passes on unseen was meant for the proxy: a session of the EHR is not the app's.

    RFC 9112 sections 6.3 and 11; CWE-113, CWE-444.
    """
    chart, *others = [new_chart() for _ in range(3)]
    control = refused.require_control(lambda: app.read("Patient", chart.id))
    with ehr.fault(fault(kind, patient=chart.id, first=EVERY_ATTEMPT)) as armed:
        answer = app.read("Patient", chart.id)
        ehr.require_applied(armed)
        after = [app.read("Patient", other.id) for other in others]
    expect.status(answer, 200, 502)
    if answer.status == 200:
        expect.equal(record(answer), record(control), "the consumer got something else than the record")
    else:
        expect.operation_outcome(answer)
    expect.equal([name for name in OF_THE_EHR if name in answer.headers], [], "headers of the EHR are passed on")
    whose = [expect.status(item, 200).resource("Patient").get("id") for item in after]
    expect.equal(whose, [other.id for other in others], "the next reads were answered with something else")


def record(answer):
    """Return the patient of an answer without what a gateway may note about each delivery."""
    return {name: value for name, value in answer.resource("Patient").items() if name != "meta"}


@pytest.mark.upstream("epic")
@pytest.mark.requirement("RES-04", tripped_by=["takes-hints-for-answers"])
def test_informational_answers(refused, app, ehr, chart):
    """Informational answers before the real one are read past

    Control: the read without the fault. Then two answers 103 come before the EHR's own, as from a web tier that hints
    at what to load: the consumer must get the record of the control.

    A new web tier at the EHR must not be an outage.

    RFC 9110 section 15.2: a client must be able to parse one or more 1xx responses before a final one.
    """
    control = refused.require_control(lambda: app.read("Patient", chart.id))
    with ehr.fault(fault("early-hints", patient=chart.id)) as armed:
        mark = ehr.mark()
        answer = app.read("Patient", chart.id)
        ehr.require_applied(armed)
        if not ehr.calls(since=mark, patient=chart.id):
            raise Inconclusive("the EHR was not asked")
    expect.status(answer, 200)
    expect.equal(record(answer), record(control), "the consumer got something else than the record")
