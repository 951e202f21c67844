"""Family AUT: a gateway that lacks a setting must not serve."""

from dataclasses import replace

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.second_gateway import MANDATORY

pytestmark = pytest.mark.upstream("epic", "allscripts")

READY_WITHIN_S = 15.0


@pytest.mark.requirement("AUT-13", tripped_by=["starts-without-audience"])
def test_settings_withheld(gateway, app, apps, tokens, ehr, refused, chart, measured):
    """Started without issuer, audience or upstream credentials the gateway refuses to start or to serve

    Control: the gateway is started a second time with all its settings and serves a read. Then it is started once
    without each of them; it must end, or answer neither a good token nor none with data, and the EHR must see nothing.

    A setting gets lost when a deployment is copied. A gateway that then serves everybody looks healthy to its operator.

    NIST SP 800-53 SC-24, fail in known state; RFC 9068 section 4: the audience must be checked.
    """
    names = gateway.mandatory_settings()
    if not names:
        raise Inconclusive("[gateway.launch] uses none of issuer, audience, client id and key: none can be withheld")
    with gateway.second() as whole:
        state = whole.wait(READY_WITHIN_S)
        if state != "ready":
            raise Inconclusive(f"a second gateway with all settings is {state}: {whole.process.last_lines()}")
        refused.require_control(lambda: asked(app, tokens, whole).read("Patient", chart.id))
    measured["settings withheld"] = len(names)
    for name in names:
        with gateway.second(without=name) as second:
            state = second.wait(READY_WITHIN_S)
            if state == "ended":
                continue
            mark = ehr.mark()
            for consumer in (asked(app, tokens, second), replace(apps.anonymous(), base_url=second.base_url)):
                require_closed(consumer, chart, name)
            expect.equal(refused.about_us(ehr.calls(since=mark)), [], f"without {MANDATORY[name]} the EHR was asked")


def asked(app, tokens, second):
    """Return the app as a consumer of the second gateway, with a token made for it."""
    return replace(
        app,
        base_url=second.base_url,
        token=lambda: tokens.token(app.client_id, audience=second.audience),
    )


def require_closed(consumer, chart, name):
    """Fail when a gateway that lacks a setting serves a record."""
    try:
        answer = consumer.read("Patient", chart.id)
    except NoAnswer:
        return
    expect.that(
        answer.status >= 400,
        f"the gateway serves without {MANDATORY[name]}",
        expected="it ends, or refuses",
        actual=answer.brief(),
    )
