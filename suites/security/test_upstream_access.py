"""Family UPA: how the gateway authenticates towards the EHR, judged from the EHR's journal."""

import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault

pytestmark = pytest.mark.upstream("epic", "allscripts")

WAITING = 20
WAITING_FOR_LONG = 8
SHORT_LIFE_S = 4
BACK_WITHIN_S = 10.0
MOST_CALLS_WHEN_SKEWED = 8


@pytest.fixture
def renewals(ehr, gauntlet_session):
    """A function that returns how often the gateway asked for a token since a mark."""
    return lambda mark: gauntlet_session.lab.upstream.renewals(ehr.token_calls(since=mark))


def renewed(app, ehr, chart):
    """Let every EHR token die, cause one request, and return the token calls that followed."""
    mark = ehr.mark()
    ehr.expire_tokens()
    app.read("Patient", chart.id)
    calls = ehr.token_calls(since=mark)
    if not calls:
        raise Inconclusive("the gateway asked for no EHR token although its old one had died")
    return calls


@pytest.mark.upstream("epic")
@pytest.mark.requirement("UPA-01", tripped_by=["long-lived-assertion", "wrong-assertion-audience"])
def test_client_assertion(app, upstream_access, chart, target, gauntlet_session):
    """The gateway's client assertion has the right algorithm, audience, lifetime and subject

    The EHR's tokens are withdrawn, so that the gateway has to fetch a new one; its assertion is read in the EHR's
    journal.

    A long-lived assertion is a password in disguise: whoever finds one in a log can be the gateway for as long as it
    lives.

    SMART Backend Services, authenticating to the token endpoint: RS384 or ES384, exp at most five minutes ahead.
    """
    ehr = upstream_access
    call = renewed(app, ehr, chart)[-1]
    header, claims = call["assertion"]["header"], call["assertion"]["claims"]
    token_url = gauntlet_session.lab.values["ehr.token_url"]
    client_id = gauntlet_session.lab.values["ehr.client_id"]
    expect.that(
        header.get("alg") in ("RS384", "ES384"),
        "the assertion is signed with an algorithm SMART does not name",
        expected="alg RS384 or ES384",
        actual=f"alg {header.get('alg')}",
    )
    expect.equal(claims.get("aud"), token_url, "the assertion's audience is not the token endpoint")
    expect.equal(
        (claims.get("iss"), claims.get("sub")),
        (client_id, client_id),
        "issuer and subject are not the client id",
    )
    expect.at_most(claims["exp"] - call["started"], 305, "the assertion lives too long", "s")


@pytest.mark.upstream("epic")
@pytest.mark.requirement("UPA-01", tripped_by=["reuses-jti"])
def test_assertion_is_used_once(app, upstream_access, chart):
    """Each client assertion has its own jti

    A renewal of the EHR's token is provoked; all assertions that the EHR has seen in this run are compared.

    The jti is what keeps a recorded assertion from being played back.

    SMART Backend Services: jti identifies the assertion uniquely; RFC 7523 section 3.
    """
    ehr = upstream_access
    ehr.expire_tokens()
    app.read("Patient", chart.id)
    jtis = [call["assertion"]["claims"].get("jti") for call in ehr.token_calls(since=0) if call["assertion"]]
    if len(jtis) < 2:
        raise Inconclusive("the EHR has seen fewer than two assertions: nothing can be compared")
    expect.that(all(jtis), "an assertion carries no jti", expected="a jti in each", actual=repr(jtis[-5:]))
    expect.that(
        len(set(jtis)) == len(jtis),
        "assertions share a jti",
        expected=f"{len(jtis)} different values",
        actual=f"{len(set(jtis))} different values",
    )


@pytest.mark.requirement("UPA-02", tripped_by=["token-per-request"])
def test_token_is_reused(app, upstream_access, renewals, chart):
    """The EHR's token is reused: token calls do not grow with requests

    Twelve reads in a row; the calls at the token endpoint meanwhile are counted.

    A token call per request doubles the load on the EHR and gets the hospital's client blocked by its rate limits.

    SMART Backend Services: expires_in tells how long a token may be used.
    """
    ehr = upstream_access
    app.read("Patient", chart.id)
    mark = ehr.mark()
    for _ in range(12):
        expect.status(app.read("Patient", chart.id), 200)
    expect.that(
        len(ehr.calls(since=mark, patient=chart.id)) >= 1,
        "no request reached the EHR",
        expected="reads at the EHR",
        actual="none",
    )
    expect.at_most(renewals(mark), 1, "the token is fetched again and again", "token calls")


@pytest.mark.upstream("epic")  # a session of Unity that is used does not run out
@pytest.mark.requirement("UPA-03", tripped_by=["late-renewal"])
def test_token_is_renewed_ahead(app, upstream_access, chart, measured):
    """In steady traffic no request is sent with an expired token

    The EHR gives out tokens that live four seconds while reads come in steadily for nine; the EHR counts those whose
    token had expired.

    A renewal that waits for the first refusal costs one clinician in every token's lifetime a failed or slow request.

    SMART Backend Services: expires_in tells when to renew.
    """
    ehr = upstream_access
    ehr.set_token_lifetime(SHORT_LIFE_S)
    ehr.expire_tokens()
    expect.status(app.read("Patient", chart.id), 200)
    mark = ehr.mark()
    until = time.monotonic() + 2.2 * SHORT_LIFE_S
    while time.monotonic() < until:
        expect.status(app.read("Patient", chart.id), 200)
        time.sleep(0.05)
    calls = ehr.calls(since=mark, patient=chart.id)
    renewals = len(ehr.token_calls(since=mark))
    measured["reads"], measured["renewals"] = len(calls), renewals
    if renewals == 0:
        raise Inconclusive("no token was renewed meanwhile: nothing was proven")
    expired = [entry for entry in calls if entry["status"] == 401]
    expect.equal(len(expired), 0, "requests were sent with an expired token")


@pytest.mark.requirement("UPA-05", tripped_by=["ignores-upstream-401"])
def test_token_withdrawn_in_mid_flight(app, upstream_access, renewals, chart):
    """A token that the EHR withdraws early is renewed once and a safe request repeated once

    The EHR answers 401 to one request whose token has not expired by the clock.

    EHRs withdraw tokens at maintenance; clinicians must not notice.

    RFC 6750 section 3.1: on invalid_token the client may request a new token and try again.
    """
    ehr = upstream_access
    expect.status(app.read("Patient", chart.id), 200)
    with ehr.fault(fault("token-expiry", patient=chart.id)) as armed:
        mark = ehr.mark()
        answer = app.read("Patient", chart.id)
        ehr.require_applied(armed)
    expect.status(answer, 200)
    expect.at_most(len(ehr.calls(since=mark, patient=chart.id)), 2, "the request was repeated more than once", "calls")
    expect.at_most(renewals(mark), 1, "the token was renewed more than once", "token calls")


@pytest.mark.requirement("UPA-06", tripped_by=["hammers-token-endpoint"])
@pytest.mark.parametrize(
    "how",
    [
        *("token-endpoint-down", "token-endpoint-stalls", "token-html"),
        pytest.param("token-without-token", marks=pytest.mark.upstream("epic")),  # Unity's answer is the token itself
    ],
)
def test_token_endpoint_down(app, upstream_access, renewals, new_chart, measured, how):
    """A token endpoint that is down, stalls or answers rubbish gives 503 with Retry-After, no storm, and then access

    Every EHR token dies while the token endpoint answers 503, a log-in page, no token, or nothing for half a minute;
    twenty requests arrive (eight while it stalls). The endpoint may be asked for half of them at most. Once it is back,
    a read must be served within ten seconds.

    During an outage a gateway that asks again for every request prolongs it for everybody.

    RFC 9110 section 15.6.4; field report: github.com/fastenhealth/fasten-onprem issue 405.
    """
    ehr, waiting = upstream_access, WAITING_FOR_LONG if how == "token-endpoint-stalls" else WAITING
    chart, control = new_chart(), new_chart()  # what was read before may be served from a cache, marked
    expect.status(app.read("Patient", control.id), 200)
    with ehr.fault(fault(how)) as armed:
        ehr.expire_tokens()
        mark = ehr.mark()
        answers = [app.read("Patient", chart.id) for _ in range(waiting)]
        ehr.require_applied(armed)
        calls = renewals(mark)
    measured["token calls"] = calls
    back = served_again(app, chart)
    for answer in answers:
        expect.status(answer, 503)
        expect.header(answer, "Retry-After", "a 503 does not say when to come back")
    expect.at_most(calls, waiting // 2, "the token endpoint is hammered while it is down", "token calls")
    expect.status(back, 200)


def served_again(app, chart):
    """Return the first answer that is served, or the last one within the time there is."""
    until = time.monotonic() + BACK_WITHIN_S
    answer = app.read("Patient", chart.id)
    while answer.status != 200 and time.monotonic() < until:
        time.sleep(0.2)
        answer = app.read("Patient", chart.id)
    return answer


@pytest.mark.requirement("UPA-07", tripped_by=["trusts-own-clock"])
@pytest.mark.parametrize("offset_s", [300, -300], ids=["ahead", "behind"])
def test_clock_of_the_ehr_differs(app, upstream_access, renewals, chart, measured, offset_s):
    """A clock of the EHR that is minutes off neither locks the gateway out nor makes it loop

    The EHR's clock is moved by five minutes and every token dies. Access must come back within ten seconds,
    with few token calls.

    Clocks drift, above all after a power cut; the gateway must not need a person then.

    RFC 7519 section 4.1: clock skew; RFC 9110 section 6.6.1: the Date header tells the server's clock.
    """
    ehr = upstream_access
    expect.status(app.read("Patient", chart.id), 200)
    ehr.set_clock(offset_s)
    ehr.expire_tokens()
    mark = ehr.mark()
    answer = served_again(app, chart)
    calls = renewals(mark)
    measured["token calls"] = calls
    expect.status(answer, 200)
    expect.at_most(calls, MOST_CALLS_WHEN_SKEWED, "the gateway asks again and again", "token calls")
