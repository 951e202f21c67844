"""Family UPA in Unity's terms: sessions are lost, and calls fail, under HTTP 200."""

import concurrent.futures
import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault

pytestmark = pytest.mark.upstream("allscripts")

IDLED_S = 3600  # longer than any site lets a session idle
AT_ONCE = 40
MOST_LOGINS = 3
ASKED = 8
BACK_WITHIN_S = 12.0


def logins(ehr, mark):
    """Return how often a session was asked for since `mark`."""
    return sum(entry["path"].lower().endswith("/gettoken") for entry in ehr.token_calls(since=mark))


def with_records(planting, new_chart):
    """Return a chart and its problems as they are delivered; there are some."""
    for _ in range(8):
        chart = new_chart()
        found = planting.delivered("Condition", chart)
        if found:
            return chart, found
    raise Inconclusive("none of this check's charts has a problem: an empty answer would prove nothing")


@pytest.mark.requirement("UPA-08", tripped_by=["session-per-call"])
def test_one_login_for_many(apps, planting, ehr, chart, measured):
    """Forty parallel requests on a lost session open at most three new ones

    The session is withdrawn while logging in takes half a second; then forty reads arrive at once. All must be served.

    Each login counts against the service account's licence; an account that storms the login is locked.

    Unity: GetToken, GetUserAuthentication.
    """
    patient, app = planting.patient(chart), apps.app()
    with ehr.fault(fault("slow-token-endpoint")) as armed:
        ehr.expire_tokens()
        mark = ehr.mark()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda _: app.read("Patient", patient), range(AT_ONCE)))
        ehr.require_applied(armed)
    measured["logins"] = logins(ehr, mark)
    expect.at_most(measured["logins"], MOST_LOGINS, "the login is a stampede", "logins")
    expect.equal(sum(answer.status == 200 for answer in answers), AT_ONCE, "not every request was served")


@pytest.mark.requirement("UPA-08", tripped_by=["takes-errors-for-tokens"])
def test_a_refused_login_is_no_session(app, planting, ehr, chart, gauntlet_session, measured):
    """A login that is refused under HTTP 200 is an outage that passes, and no token

    The service account's password runs out at the EHR, which then answers GetToken with a text under status 200. Reads
    must be refused with 502 or 503, no data may be asked for with that text as a token, and nothing of it may reach
    the consumer. Afterwards the password is good again and reads must be served within twelve seconds.

    A text that is used as a token turns one refusal into two for every request, until the vendor blocks the account.

    Unity: whatever is no GUID is a failure of GetToken.
    """
    patient, upstream, control = planting.patient(chart), gauntlet_session.lab.upstream, ehr.control
    upstream.register(control, expired=True)
    try:
        ehr.expire_tokens()
        mark = ehr.mark()
        answers = [app.read("Patient", patient) for _ in range(ASKED)]
    finally:
        upstream.register(control)
    for answer in answers:
        expect.status(answer, 502, 503)
        expect.operation_outcome(answer)
        expect.that("password" not in answer.text, "the EHR's own words are passed on", expected="none", actual="")
    measured["logins"] = logins(ehr, mark)
    asked = ehr.calls(since=mark, patient=chart.id)
    expect.at_most(
        len(asked), 1, "data was asked for without a session, beyond the call that met the lost one", "calls"
    )
    expect.at_most(measured["logins"], ASKED // 2, "the refused login was repeated for every request", "logins")
    until = time.monotonic() + BACK_WITHIN_S
    while app.read("Patient", patient).status != 200:
        if time.monotonic() > until:
            expect.at_most(BACK_WITHIN_S + 1, BACK_WITHIN_S, "reads are not served again", "s")
        time.sleep(0.2)


@pytest.mark.requirement("UPA-08", tripped_by=["trusts-the-status"])
@pytest.mark.parametrize("shape", ["error-under-200", "empty-body", "html-page"], ids=["error-row", "nothing", "page"])
def test_failures_under_200_are_failures(planting, app, ehr, new_chart, shape):
    """A failure of the EHR under HTTP 200 is reported as a failure, never as an empty chart

    Control: the problems of a chart. Then the EHR answers every call with status 200 and an error row, nothing at all,
    or a page of its web tier. The search must fail (5xx) with an OperationOutcome.

    No problems, no allergies, no medication: that is what an error looks like when nobody reads it.

    Unity: [{"Error": ...}], empty bodies and pages, all with status 200.
    """
    chart, _ = with_records(planting, new_chart)
    patient = planting.patient(chart)
    with ehr.fault(fault(shape)) as armed:
        answer = app.search("Condition", {"patient": patient})
        ehr.require_applied(armed)
    expect.status(answer, 500, 502, 503, 504)
    expect.operation_outcome(answer)


@pytest.mark.requirement("UPA-08", tripped_by=["blank-rows-are-patients"])
def test_blank_rows_are_nobody(app, planting, ehr, chart):
    """The row of blanks that stands for an unknown patient is not delivered as one

    Control: the patient is read. Then the id's number is changed so that it belongs to nobody: the answer must be 404.

    Unity answers an unknown number with a row of blanks; delivered, it is a patient without a name to whom anything
    can be filed.

    Unity: GetPatient of an unknown patient.
    """
    known = planting.patient(chart)
    expect.status(app.read("Patient", known), 200)
    mark = ehr.mark()
    answer = app.read("Patient", f"{known}99999")
    expect.status(answer, 404, 410)
    expect.operation_outcome(answer)
    if not ehr.calls(since=mark):
        raise Inconclusive("the EHR was not asked: the id was refused for its form alone")


def lost(*defects):
    """Return the mark of one way to lose a session."""
    return pytest.mark.requirement("UPA-08", tripped_by=[*defects])


# Last of all: a gateway that stays logged out spoils what comes after.
@pytest.mark.parametrize(
    "how",
    [
        pytest.param("withdrawn", marks=lost("trusts-the-status", "lost-session-is-an-outage", "logs-in-twice")),
        pytest.param("idled", marks=lost("logs-in-twice")),  # the others have stayed logged out by then
    ],
)
def test_a_lost_session_is_renewed_once(planting, ehr, new_chart, measured, how):
    """A session that the EHR has dropped is noticed under HTTP 200, renewed once, and the request repeated

    Control: the problems of a chart. Then the session is withdrawn at the EHR, or its clock moves on until the session
    has idled too long; the same search must bring the same problems, with one new session.

    The EHR says with status 200 that the gateway was logged out. Taken for an answer it is an empty problem list, and
    the clinician sees a healthy patient.

    Unity: Magic Error, logged out for inactivity.
    """
    chart, before = with_records(planting, new_chart)
    mark = ehr.mark()
    try:
        if how == "withdrawn":
            ehr.expire_tokens()
        else:
            ehr.set_clock(IDLED_S)
        after = planting.delivered("Condition", chart)
    finally:
        ehr.set_clock(0)
    expect.equal(sorted(after), sorted(before), "after the session was lost, other problems are delivered")
    measured["logins"] = logins(ehr, mark)
    if measured["logins"] == 0:
        raise Inconclusive("the gateway asked for no new session: it did not meet the lost one")
    expect.equal(measured["logins"], 1, "one lost session did not lead to one new one")
    expect.at_most(len(ehr.calls(since=mark, patient=chart.id)), 2, "the search was repeated more than once", "calls")
