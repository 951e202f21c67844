"""Family CST: how long an answer takes does not betray that something is withheld."""

import statistics
import time

import pytest

from gauntlet import expect
from gauntlet.consents import require_refused, withhold
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault

NOBODY = "eNobodyHasThisId0000000{}"
PAIRS = 9
CALL_S = 0.15  # of one call at the EHR: short, so that what the patient said is fresh all along


@pytest.mark.requirement("CST-08", tripped_by=["looks-twice-before-withholding"])
def test_timing_does_not_betray(app, ehr, claims, consents, chart, measured):
    """A withheld record is refused as fast as one that does not exist

    Reads of a withheld condition and of ids that nobody has, in turns, in a chart that is open: its patient is read
    each time before. Each call at the EHR takes its time, so that one more for the withheld record would show in the
    middle of the times. Control: the times of absent records differ by less than such a call does. A gateway that
    keeps no answer asks for consent with every record that exists; for so many questions as it asks about a permitted
    record a withheld one may take longer.

    Whoever may not see the psychiatric record can still own a stopwatch.

    API strategy for legacy EHR vendors, section 4; CWE-208, observable timing discrepancy.
    """
    condition = chart.of_type("Condition")[0]
    withhold(claims, app, consents, chart, condition, "PSY")
    require_refused(claims, app, "Condition", condition.id, "although its class is withheld")
    slow = {**fault("slow-calls"), "behaviour": {"kind": "delay", "seconds": CALL_S}}
    withheld, absent, asked = [], [], []
    with ehr.fault(slow) as delay:
        for number in range(PAIRS):
            asked.append(questions(ehr, app, chart))
            withheld.append(seconds(app, condition.id))
            absent.append(seconds(app, NOBODY.format(number)))
        ehr.require_applied(delay)
    middle, usual = statistics.median(withheld), statistics.median(absent)
    needed = CALL_S * statistics.median_low(asked)
    measured["withheld, middle s"], measured["absent, middle s"] = round(middle, 3), round(usual, 3)
    measured["questions for consent, middle s"] = round(needed, 3)
    if statistics.median(abs(value - usual) for value in absent) > CALL_S / 4:
        raise Inconclusive("the times of absent records differ too much to compare with")
    expect.that(
        min(abs(middle - usual), abs(middle - usual - needed)) < CALL_S / 2,
        "a withheld record is told from an absent one by the time of the answer",
        expected=f"about {usual:.3f} s, as for ids that nobody has, and {needed:.3f} s for questions that others need",
        actual=f"{middle:.3f} s",
    )


def questions(ehr, app, chart):
    """Open the chart by a read of its patient; return how many Consents are asked for with the next one."""
    app.read("Patient", chart.id)
    mark = ehr.mark()
    app.read("Patient", chart.id)
    return sum(entry["resource_type"] == "Consent" for entry in ehr.calls(since=mark))


def seconds(app, resource_id):
    """Return how long the refusal of a read takes."""
    began = time.monotonic()
    answer = app.read("Condition", resource_id)
    if answer.status == 200:
        raise Inconclusive("a withheld record is served: there is nothing to betray")
    return time.monotonic() - began
