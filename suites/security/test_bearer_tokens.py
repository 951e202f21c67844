"""Family AUT: who gets in. Every refusal is paired with a control that gets through to the EHR."""

import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.issuer.wrong_tokens import WRONG_TOKENS
from gauntlet.posted_search import require_offered, search_by_form

pytestmark = pytest.mark.upstream("epic", "allscripts")

MOST_TOLERATED_S = 60.0
DEFECT_OF = {
    "expired": "skips-expiry",
    "not-yet-valid": "skips-not-before",
    "other-audience": "skips-audience",
    "other-issuer": "skips-issuer",
    "bad-signature": "skips-signature",
    "no-signature": "skips-signature",
    "foreign-key": "skips-signature",
    "unknown-kid": "accepts-unknown-key-id",
    "missing-exp": "skips-expiry",
    "missing-aud": "skips-audience",
    "missing-iss": "skips-issuer",
    "garbage": "accepts-unreadable-tokens",
    "truncated": "accepts-unreadable-tokens",
    "alg-none": "accepts-alg-none",
    "alg-none-mixed-case": "accepts-alg-none",
    "hs256-with-public-key": "accepts-hs256-public-key",
    "hs256-with-public-key-jwk": "accepts-hs256-public-key",
    "embedded-jwk": "trusts-embedded-jwk",
    "embedded-x5c": "trusts-embedded-x5c",
    "foreign-jku": "fetches-foreign-jku",
    "foreign-x5u": "fetches-foreign-x5u",
    "unknown-crit": "ignores-critical-header",
}


def wrong_tokens(requirement: str) -> list:
    """Return one parameter a token that is wrong in one way, with the defect that lets it in."""
    return [
        pytest.param(name, marks=pytest.mark.requirement(requirement, tripped_by=[DEFECT_OF[name]]), id=name)
        for name in DEFECT_OF
        if WRONG_TOKENS[name].requirement == requirement
    ]


@pytest.mark.requirement("AUT-01", tripped_by=["accepts-anonymous"])
@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer not-a-token", "Basic YXBwOnNlY3JldA=="],
    ids=["none", "empty", "malformed", "other-scheme"],
)
def test_no_usable_token(refused, app, apps, chart, authorization):
    """A request without a usable bearer token is refused before the EHR is asked

    Sends the same read with a good token (control) and with no, an empty, a malformed or a foreign kind of credential.

    An open door in front of the EHR exposes every chart of the hospital to whoever finds the address.

    RFC 6750 section 3: 401 with a Bearer challenge.
    """
    headers = {"Authorization": authorization} if authorization else {}
    answer = refused(
        lambda: app.read("Patient", chart.id),
        lambda: apps.anonymous().read("Patient", chart.id, headers=headers),
        status=(401,),
    )
    challenge = expect.header(answer, "WWW-Authenticate", "the refusal carries no challenge")
    expect.that(
        challenge.lower().startswith("bearer"),
        "the challenge does not say that a bearer token is wanted",
        expected="WWW-Authenticate: Bearer ...",
        actual=challenge,
    )


@pytest.mark.parametrize("kind", wrong_tokens("AUT-02"))
def test_wrong_claims_or_signature(refused, app, apps, chart, kind):
    """A token that is wrong in one way is refused as invalid_token before the EHR is asked

    The control's token and the mutation's differ in exactly one thing: a time, the audience, the issuer, the
    signature, the key id, one of these left out, or the token cut short.

    Each of these is the only thing that keeps a token of yesterday, of another hospital or of a forger from opening
    charts.

    RFC 6750 section 3.1; RFC 7519 section 4.1.
    """
    answer = refused(
        lambda: app.read("Patient", chart.id),
        lambda: apps.wrong(kind).read("Patient", chart.id),
        status=(401,),
    )
    challenge = expect.header(answer, "WWW-Authenticate", "the refusal carries no challenge")
    expect.that(
        "invalid_token" in challenge,
        "the challenge does not say that the token is invalid",
        expected='WWW-Authenticate: Bearer error="invalid_token"',
        actual=challenge,
    )


@pytest.mark.parametrize("kind", wrong_tokens("AUT-03"))
def test_algorithm_attack(refused, app, apps, tokens, chart, kind):
    """A token that attacks the signature check itself is refused before the EHR is asked

    Unsigned tokens, tokens signed with the public key as an HMAC secret, tokens that bring their own key or say where
    to fetch it, and tokens with a critical header nobody understands. Where a token points at a key, that place is the
    harness's, and nobody may have come.

    Anyone can make such a token without knowing a secret; accepting one is the same as having no lock.

    RFC 8725 sections 2.1, 3.1, 3.2 and 3.10; RFC 7515 section 4.1.11.
    """
    before = tokens.attacker_visits()
    refused(
        lambda: app.read("Patient", chart.id),
        lambda: apps.wrong(kind).read("Patient", chart.id),
        status=(401,),
    )
    expect.equal(tokens.attacker_visits()[len(before) :], [], "the gateway fetched a key from where the token says")


@pytest.mark.requirement("AUT-07", tripped_by=["accepts-query-token"])
def test_token_in_the_query_string(refused, app, apps, tokens, chart):
    """A token in the query string is refused

    A good token, sent as access_token in the URL in place of the header.

    URLs end up in the logs of every proxy on the way; a token that works there is a token that leaks.

    RFC 6750 section 2.3 and section 5.3.
    """
    token = tokens.token(app.client_id)
    refused(
        lambda: app.read("Patient", chart.id),
        lambda: apps.anonymous().send("GET", f"Patient/{chart.id}", params={"access_token": token}),
        status=(400, 401),
    )


@pytest.mark.requirement("AUT-07", tripped_by=["accepts-form-token"])
def test_token_in_the_form_body(refused, app, apps, tokens, chart):
    """A token in a form body is refused

    Control: a search by form (`POST Condition/_search`) with the token in the header. Then the same form with the
    token inside, as access_token, and no header. Gateways that offer no search by POST are not judged here.

    Forms are kept by proxies that inspect bodies, and replayed by browsers.

    RFC 6750 section 2.2: not unless the Authorization header cannot be used; RFC 9700 section 4.3.2.
    """
    require_offered(app, chart.id)
    token = tokens.token(app.client_id)
    refused(
        lambda: search_by_form(app, "Condition", {"patient": chart.id}),
        lambda: search_by_form(apps.anonymous(), "Condition", {"patient": chart.id, "access_token": token}),
        status=(400, 401),
    )


@pytest.mark.requirement("AUT-08", tripped_by=["generous-clock-skew"])
@pytest.mark.parametrize("when", ["after", "before"])
def test_clock_skew_is_small(refused, app, apps, tokens, chart, when):
    """A token is not honoured long after it expired, nor long before it is valid

    A token that expired 90 seconds ago, and one that is valid in 90 seconds: more than the minute of tolerance that
    clocks need. When the machine is so busy that the second one is less than that minute early by the time it was
    judged, nothing is proven.

    A generous tolerance keeps a stolen or withdrawn token alive when the hospital believes it dead.

    RFC 7519 sections 4.1.4 and 4.1.5 speak of a small leeway, usually no more than a few minutes; this suite asks for
    one.
    """
    refused.require_control(lambda: app.read("Patient", chart.id))
    made = time.monotonic()
    late = tokens.token(app.client_id, lifetime_s=-90)
    wrong = app.with_token(late) if when == "after" else apps.wrong("soon-valid")
    mark = refused.ehr.mark()
    answer = wrong.read("Patient", chart.id)
    if when == "before" and time.monotonic() - made > 90 - MOST_TOLERATED_S:
        raise Inconclusive("the token was less than a minute early when it was judged: the machine is too busy")
    expect.status(answer, 401)
    expect.equal(len(refused.about_us(refused.ehr.calls(since=mark))), 0, "the EHR was asked all the same")
