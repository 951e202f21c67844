"""Family AUT: who a token speaks for, which facility it is for, and that it can be withdrawn."""

import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive

pytestmark = pytest.mark.upstream("epic", "allscripts")

USER = "Practitioner/gauntlet-{index}"


def correlated(claims, chart, name):
    """Return the headers that carry a correlation id of this check's own."""
    return {claims.audit.correlation_header: f"gauntlet-{chart.index}-{name}"}


@pytest.mark.requirement("AUT-06", tripped_by=["takes-systems-for-users"])
def test_system_token_with_user_scope(refused, apps, chart):
    """A system's token does not pass for a user's: user scopes need a user behind them

    Control: a token with user/ scopes that names a user. Mutation: a token of the same client and the same scopes that
    names nobody.

    What a user may see is decided by who the user is; a batch job with a user's scopes has nobody to ask.

    SMART App Launch 2, scopes: user/ means what the current user can reach, system/ is for backend services.
    """
    scope = "user/*.rs"
    person = apps.app(scope=scope, user=USER.format(index=chart.index))
    refused(
        lambda: person.read("Patient", chart.id),
        lambda: apps.app(scope=scope).read("Patient", chart.id),
        status=(401, 403),
    )


@pytest.mark.requirement("AUT-06", tripped_by=["audit-forgets-user", "audit-names-client-as-user"])
def test_audit_tells_systems_from_users(apps, audit, claims, chart):
    """The audit trail names client and user of a user's request, and no user for a system's

    One read with a user's token and one with a system's, of the same client. The first record must name client and
    user, the second the client and no user.

    "The app did it" is no answer to a patient who asks which person looked at the chart, and a program that is recorded
    as a person hides that nobody did.

    IHE BALP, basic audit log patterns: user and client are agents of their own; SMART App Launch 2, fhirUser.
    """
    if claims.audit is None:
        pytest.skip("the target does not claim audit")
    user = USER.format(index=chart.index)
    since = audit.size()
    found = {}
    for name, app in (
        ("user", apps.app(scope="user/*.rs", user=user)),
        ("system", apps.app(scope="system/*.rs")),
    ):
        headers = correlated(claims, chart, name)
        expect.status(app.read("Patient", chart.id, headers=headers), 200)
        value = next(iter(headers.values()))
        records = audit.wait_for(since, lambda record, value=value: record["correlation_id"] == value)
        if not records:
            raise Inconclusive("the read is not in the audit trail")
        expect.equal(records[0]["client_id"], app.client_id, f"the record of a {name}'s read does not name the client")
        found[name] = records[0]["user"]
    expect.that(
        user in str(found["user"]),
        "the record of a user's read does not name the user",
        expected=user,
        actual=repr(found["user"]),
    )
    expect.that(
        found["system"] in (None, "", "-"),
        "the record of a system's read names a user",
        expected="no user",
        actual=repr(found["system"]),
    )


OTHER_FACILITIES = {
    "another": lambda ours: f"not-{ours}",
    "begins-alike": lambda ours: f"{ours}-annex",
    "list-of-others": lambda ours: [f"{ours}-annex", "elsewhere"],
    "empty-list": lambda _: [],
}
DEFECTS_OF = {
    "another": ["ignores-facility"],
    "begins-alike": ["ignores-facility", "compares-facility-prefix"],
    "list-of-others": ["ignores-facility", "compares-facility-prefix"],
    "empty-list": ["ignores-facility"],
}


@pytest.mark.parametrize(
    "limit",
    [
        pytest.param(make, marks=pytest.mark.requirement("AUT-14", tripped_by=DEFECTS_OF[name]), id=name)
        for name, make in OTHER_FACILITIES.items()
    ],
)
def test_token_of_another_facility(refused, apps, claims, target, chart, limit):
    """A token that is limited to other facilities gets no data of this one

    Control: a token whose facility claim is a list with this facility in it. Mutation: the same token with the claim
    naming others: another name, one that begins alike, a list of others, nobody.

    Hospitals share an identity provider. A token for the hospital across town must not open charts here.

    RFC 9068 section 2.2.3, authorization claims; SMART App Launch 2: servers may limit a token's reach further.
    """
    name = claims.core.facility_claim
    if name is None:
        pytest.skip("the target does not claim a facility limit in tokens: [claims.core] facility_claim")
    ours = target.file.ehr[0].facility
    refused(
        lambda: apps.app(extra={name: ["elsewhere", ours]}).read("Patient", chart.id),
        lambda: apps.app(extra={name: limit(ours)}).read("Patient", chart.id),
        status=(401, 403, 404),
    )


def withdraw_token(issuer, app, token):
    """Revoke the token; nothing has to be undone."""
    issuer.withdraw(token)


def withdraw_client(issuer, app, token):
    """Turn the app's client off."""
    issuer.switch_client(app.client_id, active=False)


@pytest.mark.requirement("AUT-09", tripped_by=["never-asks-for-revocation", "keeps-standing-forever"])
@pytest.mark.parametrize("withdraw", [withdraw_token, withdraw_client], ids=["token", "client"])
def test_withdrawn_access(refused, apps, claims, ehr, tokens, chart, measured, withdraw):
    """A token that the issuer revoked, or whose client was turned off, is refused within the claimed delay

    A token works (control). The issuer withdraws it, or turns its client off, and the same token is tried until it is
    refused as invalid_token, which must happen within the claimed time. The refusal must cost no call at the EHR.

    A lost tablet or a dismissed employee must be out when the hospital says so, not when the token runs out.

    RFC 7009, token revocation; RFC 7662, token introspection.
    """
    issuer = tokens.require_issuer()
    app = apps.app("batch")
    token = tokens.token(app.client_id)
    app = app.with_token(token)
    try:
        refused.require_control(lambda: app.read("Patient", chart.id))
        withdraw(issuer, app, token)
        began = time.monotonic()
        answer = refused_within(app, chart, claims.revocation.within_s)
        measured["seconds until refused"] = round(time.monotonic() - began, 2)
        expect.status(answer, 401)
        mark = ehr.mark()
        expect.status(app.read("Patient", chart.id), 401)
        expect.equal(refused.about_us(ehr.calls(since=mark)), [], "the EHR was asked for a withdrawn token")
    finally:
        issuer.switch_client(app.client_id, active=True)


def refused_within(app, chart, seconds):
    """Return the first answer that is no success, or the last one within `seconds`."""
    deadline = time.monotonic() + seconds
    while (answer := app.read("Patient", chart.id)).status < 400 and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


@pytest.mark.requirement("AUT-09", tripped_by=["believes-without-answer"])
def test_withdrawn_token_while_the_issuer_is_down(refused, apps, claims, ehr, tokens, chart):
    """A withdrawn token does not come back to life while the issuer cannot be asked

    A token works (control), is revoked and refused. Then the issuer stops answering for longer than the claimed delay;
    the token must stay refused (401 or 503) and the EHR must not be asked.

    Whoever holds a stolen token only has to wait for the next outage of the identity provider, if that opens the door.

    RFC 7662 section 4: what cannot be introspected is not to be honoured; NIST SP 800-53 SC-24, fail in known state.
    """
    issuer = tokens.require_issuer()
    app = apps.app()
    token = tokens.token(app.client_id)
    app = app.with_token(token)
    refused.require_control(lambda: app.read("Patient", chart.id))
    issuer.withdraw(token)
    expect.status(refused_within(app, chart, claims.revocation.within_s), 401)
    with issuer.unavailable():
        mark = ehr.mark()
        deadline = time.monotonic() + claims.revocation.within_s + 1
        while time.monotonic() < deadline:
            expect.status(app.read("Patient", chart.id), 401, 503)
            time.sleep(0.3)
        expect.equal(refused.about_us(ehr.calls(since=mark)), [], "the EHR was asked for a withdrawn token")
