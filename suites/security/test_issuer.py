"""Family AUT: the issuer behind the tokens. Its keys change, and it can be down."""

import time

import pytest

from gauntlet import expect

pytestmark = pytest.mark.upstream("epic", "allscripts")

RETIRED_WITHIN_S = 15.0


@pytest.mark.requirement("AUT-10", tripped_by=["caches-keys-forever"])
def test_key_rotation(refused, app, tokens, chart):
    """A rotation of the issuer's signing key is followed without a restart, and the retired key is refused

    The issuer takes a new key into use and withdraws the old one. Tokens of the new key must work at once; tokens
    that the old key signs must be refused within 15 seconds.

    Keys are rotated when one may have leaked. A gateway that goes on trusting it, or that needs a restart in the
    morning rush, turns a routine into an incident.

    OpenID Connect Core section 10.1.1, rotation of asymmetric signing keys.
    """
    refused.require_control(lambda: app.read("Patient", chart.id))
    tokens.require_issuer().rotate()
    fresh = app.read("Patient", chart.id)
    expect.status(fresh, 200)
    retired = app.with_token(tokens.wrong("retired-key", app.client_id))
    deadline = time.monotonic() + RETIRED_WITHIN_S
    answer = retired.read("Patient", chart.id)
    while answer.status != 401 and time.monotonic() < deadline:
        time.sleep(0.5)
        answer = retired.read("Patient", chart.id)
    expect.status(answer, 401)


@pytest.mark.requirement("AUT-12", tripped_by=["opens-when-issuer-down"])
def test_issuer_down(refused, app, apps, tokens, ehr, chart):
    """With the issuer down nobody gets in who could not before

    The issuer stops answering. A forged token and no token at all must still be refused, without a call at the EHR.

    An outage of the identity provider must not become an open door; failing closed is the only safe way.

    NIST SP 800-53 AC-3 and SC-24, fail in known state.
    """
    refused.require_control(lambda: app.read("Patient", chart.id))
    with tokens.require_issuer().unavailable():
        mark = ehr.mark()
        answers = [
            apps.anonymous().read("Patient", chart.id),
            apps.wrong("unknown-kid").read("Patient", chart.id),
            apps.wrong("bad-signature").read("Patient", chart.id),
        ]
        for answer in answers:
            expect.status(answer, 401, 503)
        seen = refused.about_us(ehr.calls(since=mark))
        expect.equal(len(seen), 0, "the EHR was asked for a caller that nobody could vouch for")
