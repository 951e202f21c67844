"""Family UPA: the EHR's certificate is verified."""

import time
from dataclasses import replace

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive

pytestmark = pytest.mark.upstream("epic", "allscripts")

READY_WITHIN_S = 15.0
BACK_WITHIN_S = 15.0
WRONG = {
    "expired": "it ran out yesterday",
    "other-host": "it is of another hospital's host, valid and of the same authority",
    "self-signed": "nobody vouches for it",
    "unknown-authority": "an authority that the gateway was never told of vouches for it",
}


@pytest.mark.requirement(
    "UPA-11", tripped_by=["trusts-any-certificate", "ignores-certificate-host", "ignores-certificate-expiry"]
)
def test_wrong_certificates_of_the_ehr(gateway, app, tokens, ehr, refused, upstream_access, upstream_tls, new_chart):
    """An EHR that shows a wrong certificate is not spoken to

    The gateway is started a second time, in front of the EHR under TLS, and serves a read (control). Then the EHR shows
    certificates that are wrong in one way each - expired, another host's, self-signed, of an unknown authority - and
    all connections are cut. Each time a read must end in a 5xx, the EHR must see the handshake fail and neither a
    data nor a token request; with the good certificate the gateway must serve again within 15 seconds.

    Whoever gets between gateway and EHR with a certificate of their own reads, and changes, every chart.

    RFC 9325 section 4, RFC 6125: verify path, time and name; SMART Backend Services: TLS for all exchanges.
    """
    with upstream_tls.values() as values, gateway.second(changes=values) as second:
        state = second.wait(READY_WITHIN_S)
        if state != "ready":
            raise Inconclusive(f"a gateway in front of the EHR under TLS is {state}: {second.process.last_lines()}")
        secured = replace(
            app, base_url=second.base_url, token=lambda: tokens.token(app.client_id, audience=second.audience)
        )
        control = new_chart()
        refused.require_control(lambda: secured.read("Patient", control.id))
        for kind, wrong in WRONG.items():
            chart = new_chart()  # what was read before may be served from a cache, marked
            require_refused(upstream_tls, ehr, refused, secured, chart, kind, wrong)
            upstream_tls.show("good")
            deadline = time.monotonic() + BACK_WITHIN_S
            while (answer := secured.read("Patient", chart.id)).status != 200 and time.monotonic() < deadline:
                time.sleep(0.2)
            expect.status(answer, 200)


def require_refused(upstream_tls, ehr, refused, secured, chart, kind, wrong):
    """Show a certificate; fail when the gateway sends anything to the EHR all the same."""
    upstream_tls.show(kind)
    mark = ehr.mark()
    answer = secured.read("Patient", chart.id)
    asked = [*refused.about_us(ehr.calls(since=mark)), *ehr.token_calls(since=mark)]
    expect.equal(
        [f"{call['method']} {call['path']}" for call in asked],
        [],
        f"the EHR's certificate is wrong ({wrong}), but the gateway talked to it",
    )
    expect.that(
        answer.status >= 500,
        f"the EHR's certificate is wrong ({wrong}), but the read does not fail",
        expected="a 5xx",
        actual=answer.brief(),
    )
    if not ehr.failed_handshakes(since=mark):
        raise Inconclusive(f"the gateway opened no connection while the EHR showed the certificate {kind}")
